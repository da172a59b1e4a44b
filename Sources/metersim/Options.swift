// The command line of metersim (design 2) and its texts.

import Version

/// What the command line asks for.
struct Options {
    /// Street file.
    var street = ""
    /// Recording to play back instead of a street; empty for none.
    var replay = ""
    /// Where it is played back: path of a pty's link, or `host:port`.
    var pty = ""
    var tcp = ""
    /// Control socket; empty for none.
    var control = ""
    /// Print the meter table and end.
    var printsMeters = false
    /// Print the devices of the serial interfaces and end.
    var printsLines = false
    /// Print this text and end.
    var text: String?

    /// A command line that cannot be understood.
    struct UsageError: Error {
        let reason: String
    }

    /// Reads the arguments after the program's name.
    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": text = Self.help
            case "--help-street": text = Self.streetHelp
            case "--version": text = "metersim \(Self.version)\n"
            case "--print-meters": printsMeters = true
            case "--print-lines": printsLines = true
            case "--street", "--control", "--replay", "--pty", "--tcp":
                guard let value = rest.popFirst() else {
                    throw UsageError(reason: "\(argument) needs a path")
                }
                switch argument {
                case "--street": street = value
                case "--replay": replay = value
                case "--pty": pty = value
                case "--tcp": tcp = value
                default: control = value
                }
            default: throw UsageError(reason: "unknown argument \(argument)")
            }
        }
        if text != nil { return }
        guard street.isEmpty != replay.isEmpty else {
            throw UsageError(reason: "one of --street FILE and --replay FILE is needed")
        }
        guard replay.isEmpty || pty.isEmpty != tcp.isEmpty else {
            throw UsageError(reason: "--replay needs one of --pty LINK and --tcp HOST:PORT")
        }
    }

    static let version = Version.text

    static let help = """
        usage: metersim --street FILE [--control PATH] [--print-meters | --print-lines]
               metersim --replay FILE --pty LINK | --tcp HOST:PORT

        Simulated SPODES meters on simulated lines: ptys paced to the baud rate, and TCP.

          --street FILE     the street: lines and meters; --help-street describes the file
          --replay FILE     answers like the meters of a recording (gatewayctl line record): a request like a
                            recorded one, but for invoke identifier, sequence numbers and client, gets the
                            recorded answer after the recorded time. Octets shown as •• match anything.
                            Requests that nothing recorded is like, and ciphered ones, stay without an answer
                            and are told on standard error
          --pty LINK, --tcp HOST:PORT
                            where the recording is played back; a pty is paced as the recorded line was
          --control PATH    a Unix socket for faults and figures at run time (JSON lines)
          --print-meters    prints the meter table of a gateway that reads this street, and ends
          --print-lines     prints which device stands for which interface of that gateway, and ends
          --help-street     describes the street file and the control socket
          --version         the version
          --help            this text

        Exit: 0 good, 1 failed, 2 damaged street file or recording, 64 usage.

        """

    static let streetHelp = """
        The street file is JSON.

          seed           chance of everything: one seed is one street
          zoneMinutes    minutes east of UTC of the street's civil time
          installed      "2025-10-01": the day the meters were installed; their archives begin there
          lines          list of lines:
            name         for the control socket
            pty          path of a symbolic link to the pty of a serial line, or
            tcp          "host:port" to listen at (one connection at a time; others are closed at once)
            iface        interface of the gateway the line stands for: "Iface1"…; serial lines
            settings     "9600,8n1"; serial lines are paced to it, half duplex
            supply       path of a file that feeds the interfaces of the meters while it begins with 1, as
                         gatewayd --supply writes it; absent: they need no feeding
            transport    "hdlc" or "wrapper"; TCP lines
            hub          true: the port of a virtual hub with the meters behind it; TCP lines with HDLC
            meters       list of meters or rows of meters:
              address        physical HDLC address of the first, 16…16381
              count          meters in the row, 1 when absent
              serial         serial number of the first; the next ones count on
              personalities  models in turn: names of files in personalities/ beside the street file, whose
                             "quirks" are what a model does against the standard
              subscribers    loads in turn: household, shop, workshop, prosumer
              behind         name of a line: a head meter of all its meters and 3 % of losses
              drift          of the clocks, seconds a day; absent: half a second, from the seed
              clockOffset    standing difference of the clocks, seconds; a wrong zone
              security       ciphering by suite 0: ek, ak (32 digits each), title (16 digits; absent: the
                             maker's letters and the serial number), clientTitle (of the gateway that
                             --print-meters has in mind), mechanism 1…6 (5), policy "full" (default) or
                             "optional", which takes clear associations too
              push           what it tells unasked over TCP, a DataNotification behind the wrapper, ciphered
                             where it has keys: to "host:port"; at, times of day "hh:mm:ss" with * for any;
                             events, whether also when a cover was opened, a magnet came or the relay went
                             off (true); objects, a list of class, code "1.0.1.8.0", attribute (2) and rows
                             of a buffer (1), by default the list itself, serial number, clock and word of
                             alarms. The push setup 0.0.25.9.0 and schedule 0.0.15.0.4 show all of it and
                             may be written, and its method 1 pushes at once

          script         list of dated events: day (after the installation), second (of the day; noon when
                         absent), line, meter (address), happen (as of the control socket below)

        A personality's link may have window (1…7), keepsLimits (an empty SNRM leaves the limits standing),
        interOctet (ms) and inactivity (s, 0: never), which the setup of its port tells. Its lacks are OBIS
        codes of objects it does not have, its angles the groups E of 1.0.81.7.E; its quality isComplete with
        tg φ of each phase and the differential current; and its quirks words of:

          deafAfterBrokenSession  no SNRM after a session without DISC but after DISC, 5 s, DISC
          blocksWrongPasswords    answers nobody for 24 hours after five wrong passwords in a row
          dropsServiceClass       answers 81 where the invoke identifier was C1
          staleRows               rows of an earlier life among the others, months of dates alone
          currentImbalanceAt128   1.0.128.7.0 is the imbalance of currents, not tg φ of phase A
          detailedJournals        codes as enumerations, channel and client as octet strings
          wideEventCodes          codes as double-long-unsigned
          shuffledScalers         scalers in another order than the columns they are for
          hidesReadRights         the object list shows no right to read

        The control socket takes one JSON object a line and answers with one:

          {"get":{}}                                  lines, meters and their faults
          {"stats":{"reset":true}}                    octets and their span, requests, turnarounds
          {"set":{"line":L,"meter":A, …}}             faults; no line or meter: all of them; absent: stays
            of meters: silent true|false · delay MS, "typical", "gsm", "plc" or
                       {"median":MS,"sigma":S,"min":MS,"max":MS}
                       delays {"link"|"association"|"get"|"profile"|"block": as delay} · late MS
                       wrongFCS 0…1 · garbage 0…1 · noiseBefore OCTETS · truncate OCTETS (-1: whole)
                       refusePassword true|false · pdu OCTETS (0: the model's own)
                       happen coverOpened, caseOpened, magnetOn, magnetOff, powerOff, powerOn, unauthorised,
                       profileCleared, daysCleared, monthsCleared, batteryDied, replaced, hourly,
                       ratioChanged, clockAhead, clockBack, monthEndMoved,
                       monthCaptured, buttonPressed or summerBegins, now
                       loss 0…1 · midnightBusy MS (answers nobody so long after 00:00)
            of lines:  babble 0…1 (answers somebody talks into) · turnTime MS (late switch to hearing)
                       echo true|false · noise 0…1 (share of octets with a wrong bit) · unplugged true|false

        A turnaround is the time from the last octet of an answer to the first octet of the next request.

        """
}
