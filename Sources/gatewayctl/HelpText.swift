// What --help prints.

/// Texts of help.
enum HelpText {
    static let general = """
        usage: gatewayctl COMMAND …

          read      one conversation with one meter: clock, energy, quality, days, months, profile
          time      the clock of one meter: read, shifted or set
          relay     the relay of one meter: read or switched
          scan      searches a line for meters
          rtu327    asks a server of RTU327, as a head-end would
          line      how the lines of a gateway fare, what passes on them, recordings
          decode    takes octets of a protocol apart, one JSON object a frame
          connect   an interface of a gateway far away as a port of this machine

          gatewayctl COMMAND --help    describes a command
          --version                    the version
          --help                       this text

        Exit: 0 good, 1 failed, 2 damaged input, 3 incomplete input, 64 usage, 69 not in this version.

        """

    /// Options of every command that speaks with one meter.
    private static let meter = """
          --line tcp://HOST:PORT | serial:/dev/PATH?9600,8n1
          --type NAME                type of the meter: SPODES
          --address A                as in the meter table: the physical HDLC address, or ip:port
          --transport auto|hdlc|wrapper
          --logical N                logical device (1)
          --physical N               physical device instead of the address
          --address-octets N         1, 2 or 4 octets of HDLC address; automatic by default
          --client N                 16 public, 32 reader (default), 48 configurator
          --mechanism auto|0…6       authentication; automatic is GMAC with keys, low level with a password
                                     alone, else none, and what the meter names instead
          --password-file F | --password-hex HEX | --password TEXT
          --keys-file F | --ek HEX --ak HEX --system-title HEX
                                     ciphering keys (32 digits each) and our own title (16); a file has
                                     lines such as `ek 0011…`. The counter goes on above the meter's own
          --counters FILE|none       where counters are kept from call to call, reserved before they are used;
                                     $XDG_STATE_HOME/gatewayctl/counters by default (~/.local/state)
          --ciphering full|authenticated|encrypted|none
          --dedicated-key            a key of its own for the association
          --utc-offset +03:00        zone of the meter and of stamps without one; the machine's by default
          --trace                    frames on standard error, passwords covered
        \(gateway)
        """

    /// Options that lead to a gateway.
    private static let gateway = """
          --via HOST[:19524]         runs at a gateway, in one flight there and back; --line is as the gateway
                                     sees it, or iface:1…4; clock differences are the gateway's
                                     (--remoteServerAddr is the same)
          --timeout S                for its answer and for its line together (10); 0 is at once or not at all
                                     (--remoteServerConnectionTimeout is the same)
          --user NAME                an account of an administrator of the gateway (admin)
          --user-password-file F     its password, or $GATEWAYCTL_PASSWORD
          --ca FILE | --fingerprint HEX
                                     a certificate to trust in place of the system's, or the SHA-256 of one
          --plain                    no TLS: passwords cross the network as they are
        """

    static let read = """
        usage: gatewayctl read --line LINE --type SPODES --address A --measure NAME [options]

          --measure NAME             GetTime, ElMomentEnergy, ElMomentQuality, ElDayEnergy, ElMonthEnergy,
                                     ElDayConsEnergy, ElMonthConsEnergy, ElArr1ConsPower, ElConfig, GetRelay
          --tags A+0,UA,…            only these values
          --from T, --to T           stamps of archives, both included; ISO-8601 or Unix seconds; --to is now
          --json                     the answer document of the device's API
        \(meter)

        """

    static let time = """
        usage: gatewayctl time --line LINE --type SPODES --address A [--set now|STAMP | --shift S] [options]

        Reads the clock of one meter and says how far it is from this machine's.

          --set now|STAMP            sets it, as the configurator (client 48); ISO-8601, on the meter's clock
          --shift S                  shifts it by −900…900 s, which the reader may
          --json                     {res, id, serial, ts, diff, before?, roundTripMs}
        \(meter)

        A clock is written once and read again. When the answer to the writing is lost, nothing is repeated.

        """

    static let relay = """
        usage: gatewayctl relay --line LINE --type SPODES --address A [--off | --on] [options]

        Reads the relay of one meter, or switches it as the configurator (client 48).

          --off, --on                switches, once, and reads until it is so, 10 s at most
          --serial N                 leaves a meter with another serial number alone
          --json                     {res, id, serial, relayId, relayState, control, mode, before?}
        \(meter)

        A relay that waits for the button at the meter is no success (exit 1). A relay that is off while
        current still flows is told on standard error.

        """

    static let scan = """
        usage: gatewayctl scan --line LINE [--serials FILE] [--speeds LIST] [--range A-B] [--json]

        Looks for SPODES meters as the public client; no password is tried.

          --line tcp://HOST:PORT | serial:/dev/PATH?9600,8n1
          --serials FILE     serial numbers, one a line: addresses that follow from them are tried first
          --speeds LIST      speeds of a serial line to try, in order: 9600,19200; that of the line by default
          --range A-B        physical addresses to try one after another in the end, within 1…16381
          --utc-offset +03:00
                             zone of the meters' clocks; the machine's by default
          --json             an object a meter: {address, addressOctets, transport, settings, name, maker,
                             serial, roundTripMs, diff?}
          --trace            frames on standard error
        \(gateway)

        An empty place costs about half a second of a serial line. Exit 1 when nobody answers.

        """

    static let connect = """
        usage: gatewayctl connect --remote HOST[:19524] --interface N (--pty PATH | --listen PORT) [options]

        Borrows an interface of a gateway and gives it to any software of this machine. Frames cross the link
        whole, so that its gaps are no gaps of the line. A connection that breaks is made again; within the
        gateway's grace time no octet is lost or doubled. Ends with SIGINT or SIGTERM, which gives it back.

          --remote HOST[:19524]      the gateway (--remoteServerAddr is the same)
          --interface N              1…4
          --settings 9600,8n1        speed and format; by default what the gateway is set to
          --pty PATH                 a pseudo-terminal; PATH becomes a symbolic link to it
          --listen PORT              a TCP port of this machine's loopback; 0 lets the system choose
          --timeout S                for the gateway's answer and for the line together (10); 0 is at once or
                                     not at all (--remoteServerConnectionTimeout is the same)
          --user NAME                an account of an administrator of the gateway (admin)
          --user-password-file F     its password, or $GATEWAYCTL_PASSWORD
          --ca FILE | --fingerprint HEX
                                     a certificate to trust in place of the system's, or the SHA-256 of one
          --plain                    no TLS: passwords cross the network as they are

        Prints one line when the port is open. Exit 1 when the line is busy or was taken back.

        """

    static let rtu327 = """
        usage: gatewayctl rtu327 --server HOST:PORT QUESTION [options]

          version, time              GETVERSION, GETTIME
          shift --seconds S          SETTIME; needs a password at the gateway
          parameters                 GETSHPRM: type, ratios, interval, object
          registers --at T           GETPOK
          profile --from T           GETLP
          network --from T           GETTESTS
          readings --from T          GETAUTOREAD, of one --channel (A+)
          log --from T               GETMTRLOG
          last-log, own-log [--after N]
                                     GETMAXLOGID, GETLOG; off in the gateway unless its profile turns them on

          --meter SERIAL             its last ten digits are asked for
          --channels A+,A-,R+,R-     all four by default
          --count N                  48 by default
          --from T, --at T           seconds of Unix time, or ISO 8601
          --utc-offset +03:00        zone of stamps without one; the machine's by default
          --password TEXT | --password-file F
                                     up to four characters, or eight hexadecimal digits; zeros by default
          --json                     the answer as JSON

        Energies are kWh and kvarh, times seconds of Unix time. A value that is not stored is shown as -.

        """

    static let line = """
        usage: gatewayctl line [show [LINE]] --gateway http://HOST:PORT --password-file F [options]
               gatewayctl line trace LINE --gateway … [--follow] [--after N]
               gatewayctl line record LINE --gateway … [--seconds N] [--output FILE]

        Asks a gateway over its API.

          show               what is wrong with each line, what to do next, what shows it; with LINE also its
                             meters. LINE is Iface1…, or host:port of a meter behind TCP
          trace              what passed on a line, decoded; the newest 200 bursts, or those after number N;
                             with --follow also what passes from now on
          record             records for N seconds (60) and writes the text, for `metersim --replay`; needs an
                             administrator

          --gateway http://HOST:PORT
          --user NAME        admin by default
          --password-file F | --password TEXT
          --json             what the API answers; of trace an object a line

        Passwords and keys are shown as ••. Exit: 0 good, 1 failed or a line that show finds a fault in,
        64 usage.

        """

    static let decode = """
        usage: gatewayctl decode --protocol NAME [--from request|response] [HEX…]

          --protocol NAME    dlms-hdlc, dlms-wrapper: all HEX is one stream; dlms-apdu: one APDU an argument;
                             rtu327: one stream, answers told by the requests before them.
                             pulsar-m, mbus, milur, smp, energomera-ce, iec61107, mercury230, mercury200,
                             modbus-rtu: not in this version
          --from             which way the octets went; by default every frame tells by itself
          --ek HEX --ak HEX [--system-title HEX] | --keys-file F
                             opens ciphered APDUs; the title of their sender where they do not tell it
          HEX                octets, blanks allowed; without any, lines of standard input

        Prints one JSON object a frame: {protocol, direction, offset, length, hex, link, apdu, error},
        described by etc/schemas/decode.schema.json. Passwords and keys are shown as ••.

        """
}
