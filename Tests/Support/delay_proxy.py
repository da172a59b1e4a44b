"""A TCP proxy that makes a link long and can break it: octets arrive late, connections end where a test says."""

import asyncio
import contextlib
import threading


class DelayProxy:
    """Passes connections on to a port of loopback, half of `round_trip` later each way, and the opening of a
    connection a whole round trip later, as the network would."""

    def __init__(self, target: int, round_trip: float = 0.0):
        self.target = target
        self.round_trip = round_trip
        self.octets = [0, 0]
        self.connections = 0
        self._cut_after: int | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()

    async def _serve(self, reader, writer):
        self.connections += 1
        self._writers.add(writer)
        far_writer = None
        try:
            await asyncio.sleep(self.round_trip)
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(far_writer)
            await asyncio.gather(self._pass(reader, far_writer, 0), self._pass(far_reader, writer, 1))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, far_writer):
                if one is not None:
                    self._writers.discard(one)
                    with contextlib.suppress(Exception):
                        one.close()

    async def _pass(self, reader, writer, way):
        """Reads at once and writes late, so that a delay is no limit of speed."""
        queue = asyncio.Queue()

        async def write():
            while True:
                due, octets = await queue.get()
                await asyncio.sleep(max(0, due - self._loop.time()))
                if not octets:
                    writer.close()
                    return
                writer.write(octets)
                await writer.drain()

        task = self._loop.create_task(write())
        try:
            while octets := await reader.read(65536):
                self.octets[way] += len(octets)
                if self._cut_after is not None:
                    kept = octets[:self._cut_after]
                    self._cut_after -= len(kept)
                    queue.put_nowait((self._loop.time() + self.round_trip / 2, kept))
                    if self._cut_after == 0:
                        self._cut_after = None
                        await asyncio.sleep(self.round_trip / 2 + 0.01)
                        self._break()
                        return
                    continue
                queue.put_nowait((self._loop.time() + self.round_trip / 2, octets))
            queue.put_nowait((self._loop.time() + self.round_trip / 2, b""))
            await task
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            task.cancel()

    def _break(self):
        for writer in list(self._writers):
            writer.transport.abort()

    def cut(self) -> None:
        """Every connection breaks now."""
        self._loop.call_soon_threadsafe(self._break)

    def cut_after(self, octets: int) -> None:
        """Every connection breaks once so many more octets have come from either side."""
        self._cut_after = octets

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self):
        self._server.close()
        self._break()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
