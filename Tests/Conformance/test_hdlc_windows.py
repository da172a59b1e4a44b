"""Windows of one to seven frames, and what is said when one is lost (ISO/IEC 13239, 5.6; IEC 62056-46, 6.4.4.5).

The model's variant with windows of seven and fields of 64 octets is asked.
"""

import axdr
import hdlc
import pytest
from meter import associate
from suite import case

LIST = axdr.get(15, "0.0.40.0.0.255", 2)
CLOCK = axdr.get(8, "0.0.1.0.0.255", 2)
SIZE = 64


@pytest.fixture
def wide(site, links):
    """Opens a link of the reader with a window, and its association."""
    def make(window: int, size: int = SIZE):
        link = links(site.wide)
        found = link.open(hdlc.parameters(size, size, window, window))
        assert found == {5: size, 6: size, 7: window, 8: window}, found
        associate(link, 1, site.personality.reader)
        return link
    return make


def ask(link, apdu: bytes) -> None:
    """Sends an APDU that fits one frame; its answer is the caller's."""
    link.send(link.frame(hdlc.information(link.sent, link.received), hdlc.REQUEST + apdu))
    link.sent = (link.sent + 1) & 7


def window_of(link) -> list[hdlc.Frame]:
    """Frames up to the one that gives the word back; they must stand in order."""
    frames = [link.next()]
    while not frames[-1].final:
        frames.append(link.next())
    for frame in frames:
        assert frame.is_information and frame.received == link.sent and len(frame.info) <= SIZE, frame.octets.hex()
    for before, after in zip(frames, frames[1:]):
        assert after.sent == (before.sent + 1) & 7
    return frames


def whole_answer(link) -> bytes:
    """An answer taken window by window."""
    joined = b""
    while True:
        frames = window_of(link)
        assert frames[0].sent == link.received, frames[0].octets.hex()
        joined += b"".join(frame.info for frame in frames)
        link.received = (frames[-1].sent + 1) & 7
        if not frames[-1].segmented:
            return joined
        link.send(link.frame(hdlc.ready(link.received)))


def whole_list(link) -> bytes:
    ask(link, LIST)
    return whole_answer(link)


@case("HDLC_WINDOW_03", "For each window 1…7 an answer comes in so many frames at a time, the last one polls, none is lost")
def test_every_window(wide, links):
    answers = []
    for window in range(1, 8):
        link = wide(window)
        ask(link, LIST)
        frames = window_of(link)
        assert len(frames) == window, f"{len(frames)} frames in a window of {window}"
        assert all(frame.segmented for frame in frames)
        link.received = (frames[-1].sent + 1) & 7
        link.send(link.frame(hdlc.ready(link.received)))
        answers.append(b"".join(frame.info for frame in frames) + whole_answer(link))
        link.close()
    assert answers[0][:3] == hdlc.RESPONSE and len(set(answers)) == 1


@case("HDLC_WINDOW_04", "A request in windows is joined; only the frame that polls is answered")
def test_request_in_windows(wide):
    for window in range(2, 8):
        link = wide(window)
        info = hdlc.REQUEST + axdr.get_list([axdr.attribute(8, "0.0.1.0.0.255", 2)] * 9)
        pieces = [info[place:place + 8] for place in range(0, len(info), 8)]
        for place in range(0, len(pieces), window):
            for index, piece in enumerate(pieces[place:place + window], place):
                last_of_window = index == min(place + window, len(pieces)) - 1
                control = hdlc.information(link.sent, link.received, last_of_window)
                link.send(link.frame(control, piece, segmented=index < len(pieces) - 1))
                link.sent = (link.sent + 1) & 7
            if place + window < len(pieces):
                answer = link.next()
                assert answer.is_ready and answer.received == link.sent, answer.octets.hex()
        assert whole_answer(link)[3] in (0xC4, 0xD8)
        link.close()


@case("HDLC_WINDOW_05", "A gap in a window brings REJ with the number missing; sent again from there it is served")
def test_gap(wide):
    for window in range(3, 8):
        info = hdlc.REQUEST + CLOCK
        pieces = [bytes([octet]) for octet in info[:window - 1]] + [info[window - 1:]]
        for lost in range(window - 1):
            link = wide(window)
            begin = link.sent

            def send(first: int, without: int | None = None) -> None:
                for index in range(first, len(pieces)):
                    control = hdlc.information(begin + index, link.received, index == len(pieces) - 1)
                    if index != without:
                        link.send(link.frame(control, pieces[index], segmented=index < len(pieces) - 1))
            send(0, lost)
            answer = link.next()
            assert answer.control & 0x0F == 0x09 and answer.received == (begin + lost) & 7, answer.octets.hex()
            send(lost)
            link.sent = (begin + len(pieces)) & 7
            assert whole_answer(link)[3] == 0xC4, (window, lost)
            link.close()


@case("HDLC_WINDOW_06", "REJ brings the frames of a window again from its number on, the same octets")
def test_reject(wide):
    for window in (2, 4, 7):
        for kept in range(window):
            link = wide(window)
            ask(link, LIST)
            first = window_of(link)
            link.send(link.frame((first[0].sent + kept & 7) << 5 | 0x19))
            again = window_of(link)
            assert [frame.info for frame in again[:window - kept]] == [frame.info for frame in first[kept:]]
            assert again[0].sent == (first[0].sent + kept) & 7 and len(again) == window, (window, kept)
            link.close()


@case("HDLC_WINDOW_07", "Part of a window acknowledged: the rest comes again, and new frames behind it")
def test_part(wide):
    for window in range(2, 8):
        for kept in range(window + 1):
            link = wide(window)
            ask(link, LIST)
            first = window_of(link)
            link.send(link.frame(hdlc.ready(first[0].sent + kept)))
            again = window_of(link)
            assert again[0].sent == (first[0].sent + kept) & 7 and len(again) == window, (window, kept)
            assert [frame.info for frame in again[:window - kept]] == [frame.info for frame in first[kept:]]
            link.close()


@case("HDLC_WINDOW_08", "RNR holds a window back, the RR behind it lets it go on where it stood")
def test_not_ready(wide):
    for window in range(1, 8):
        link = wide(window)
        whole = whole_list(link)
        ask(link, LIST)
        frames = window_of(link)
        link.received = (frames[-1].sent + 1) & 7
        for _ in range(2):
            answer = link.ask(hdlc.not_ready(link.received))
            assert answer.is_ready and answer.received == link.sent
        link.send(link.frame(hdlc.ready(link.received)))
        assert b"".join(frame.info for frame in frames) + whole_answer(link) == whole, window
        link.close()


@case("HDLC_WINDOW_09", "N(R) beyond the window gives FRMR, Z bit set")
def test_beyond(wide):
    for window in range(1, 7):
        link = wide(window)
        ask(link, LIST)
        first = window_of(link)
        answer = link.ask(hdlc.ready(first[-1].sent + 2))
        assert answer.control == hdlc.FRMR and answer.info[2] & 0x0F == 8, (window, answer.octets.hex())
        link.close()


@case("HDLC_WINDOW_10", "An answer lost as a whole is sent again for RR, and for the request repeated")
def test_lost_answer(wide):
    for window in (2, 7):
        link = wide(window)
        ask(link, LIST)
        first = window_of(link)
        link.send(link.frame(hdlc.ready(first[0].sent)))
        assert [frame.octets for frame in window_of(link)] == [frame.octets for frame in first]
        link.send(link.frame(hdlc.information(link.sent - 1, link.received), hdlc.REQUEST + LIST))
        assert [frame.octets for frame in window_of(link)] == [frame.octets for frame in first]
        link.close()


@case("HDLC_WINDOW_11", "Windows of each side are agreed on by themselves, by the smaller of both")
def test_negotiation(site, links):
    link = links(site.wide)
    for transmit in range(1, 8):
        for receive in (1, 3, 7):
            found = link.open(hdlc.parameters(SIZE, SIZE, transmit, receive))
            assert (found[7], found[8]) == (receive, transmit), (transmit, receive)
            link.disconnect()
