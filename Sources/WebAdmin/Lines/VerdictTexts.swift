// What is wrong with a line and what to do next, in people's words (R29). The page and `gatewayctl line` show
// these texts; the word of the verdict is the same in all languages.

import Diagnosis
import Faults

/// Writes verdicts.
struct VerdictTexts {
    let language: FaultLanguage

    /// What is wrong.
    func title(of verdict: LineVerdict) -> String {
        let pair = Self.texts[verdict.finding]
        return (language == .russian ? pair?.title.0 : pair?.title.1) ?? verdict.finding.rawValue
    }

    /// What to do next.
    func advice(of verdict: LineVerdict) -> String {
        let pair = Self.texts[verdict.finding]
        return (language == .russian ? pair?.advice.0 : pair?.advice.1) ?? ""
    }

    /// What a number of the evidence counts.
    func name(of evidence: String) -> String {
        guard let pair = Self.names[evidence] else { return evidence }
        return language == .russian ? pair.0 : pair.1
    }

    private typealias Pair = (String, String)

    private static let texts: [LineFinding: (title: Pair, advice: Pair)] = [
        .unseen: (
            ("Запросов пока мало", "Not enough seen yet"),
            (
                "Выполните «Тест связи» в таблице ПУ: заключение появится после трёх запросов.",
                "Test the connection in the meter table: a verdict needs three requests."
            )
        ),
        .good: (
            ("Линия исправна", "The line is good"), ("Делать ничего не нужно.", "There is nothing to do.")
        ),
        .unopened: (
            ("Интерфейс не открывается", "The line cannot be opened"),
            (
                "Проверьте адрес и порт преобразователя, кабель Ethernet или наличие устройства интерфейса.",
                "Check address and port of the converter, the Ethernet cable, or the device of the interface."
            )
        ),
        .hubBusy: (
            ("Преобразователь занят другим клиентом", "The converter serves another client"),
            (
                "Закройте соединение другой системы с этим портом или разрешите преобразователю второе.",
                "Close the other system's connection to this port, or let the converter take a second one."
            )
        ),
        .noOctets: (
            ("На линии тишина: не принято ни одного байта", "Silence: not one octet came"),
            (
                "Проверьте питание линии и ПУ, обрыв проводов A и B, к тому ли интерфейсу они подключены.",
                "Check the power of line and meters, wires A and B for a break, and the interface they go to."
            )
        ),
        .echo: (
            ("Линия возвращает отправленное", "The line returns what is sent"),
            (
                "Отключите эхо в преобразователе; для транзита включите «Эхо» в настройках сервера.",
                "Turn the echo off in the converter; for transit turn “echo” on in the server's settings."
            )
        ),
        .garbage: (
            ("Принимаются нечитаемые байты", "What comes cannot be read"),
            (
                "Проверьте скорость и формат ПУ в таблице; если они верны, поменяйте местами провода A и B.",
                "Check speed and format of the meters in the table; if they are right, swap wires A and B."
            )
        ),
        .parity: (
            ("ПУ отвечают в формате 7E1", "Meters answer in 7E1"),
            (
                "Задайте в таблице ПУ длину кадра 7 и контроль чётности.",
                "Set 7 data bits and even parity in the meter table."
            )
        ),
        .foreignMaster: (
            ("На линии опрашивает кто-то ещё", "Somebody else asks on this line"),
            (
                "Найдите второе опрашивающее устройство на этих проводах и отключите его.",
                "Find the second device that polls on these wires, and disconnect it."
            )
        ),
        .twoAnswers: (
            ("На один адрес отвечают два ПУ", "Two meters answer at one address"),
            (
                "Отключайте ПУ по одному и смените сетевой адрес того, чей адрес занят.",
                "Disconnect meters one by one, and change the address of the one whose address is taken."
            )
        ),
        .noise: (
            ("Помехи: длинные кадры портятся чаще", "Noise: long frames are damaged"),
            (
                "Проверьте согласующие резисторы, экран и длину линии; уменьшите скорость.",
                "Check terminating resistors, shield and length of the line; lower the speed."
            )
        ),
        .refused: (
            ("ПУ отказывает в соединении", "The meter refuses the link"),
            (
                "Закройте другие соединения с ПУ (оптопорт, другая система) или подождите две минуты; "
                    + "проверьте тип клиента.",
                "Close other connections to the meter (optical port, another system) or wait two minutes; "
                    + "check the client."
            )
        ),
        .password: (
            ("ПУ не принимает пароль", "The meter refuses the password"),
            (
                "Исправьте пароль в таблице ПУ. До исправления ПУ не опрашивается, чтобы он не "
                    + "заблокировался.",
                "Put the password right in the meter table. Until then the meter is left alone, lest it "
                    + "lock."
            )
        ),
        .late: (
            ("Ответы приходят после тайм-аута", "Answers come too late"),
            (
                "Проверьте задержки преобразователя или модема. Время ожидания растёт само; если не "
                    + "помогает, уменьшите число ПУ за одним концентратором.",
                "Check the delays of the converter or modem. Time-outs grow by themselves; if that is no "
                    + "help, put fewer meters behind one hub."
            )
        ),
        .meterSilent: (
            ("Один ПУ молчит, остальные отвечают", "One meter is silent, others answer"),
            (
                "Проверьте питание и адрес этого ПУ и его подключение к линии.",
                "Check this meter's power and address, and how it is connected to the line."
            )
        ),
        .meterGarbled: (
            ("Ответы одного ПУ нечитаемы", "One meter cannot be understood"),
            (
                "Проверьте скорость этого ПУ и нет ли второго ПУ с тем же адресом.",
                "Check this meter's speed, and whether a second meter has its address."
            )
        ),
    ]

    private static let names: [String: Pair] = [
        "answered": ("с ответом", "answered"), "asked": ("запросов", "requests"),
        "bad": ("повреждено", "damaged"), "badLong": ("повреждено длинных", "long damaged"),
        "badShort": ("повреждено коротких", "short damaged"), "collided": ("столкновений", "collisions"),
        "echoes": ("эхо", "echoes"), "failures": ("отказов подряд", "failures in a row"),
        "foreign": ("чужих кадров", "foreign frames"), "good": ("целых кадров", "good frames"),
        "late": ("опоздало", "late"), "long": ("всего длинных", "long in all"),
        "octets": ("байтов принято", "octets received"), "others": ("отвечают", "others answer"),
        "refusals": ("отказов", "refusals"), "second": ("вторых ответов", "second answers"),
        "silent": ("без ответа подряд", "silent in a row"),
        "slowestMs": ("самый поздний, мс", "slowest, ms"), "stations": ("адресов", "addresses"),
        "unreadable": ("нечитаемых", "unreadable"),
    ]
}
