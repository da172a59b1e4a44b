// The sentences themselves, grouped as the codes are. A switch, so that a code without texts does not
// compile.

extension FaultCatalogue {
    /// Russian and English templates of a code.
    static func texts(of code: FaultCode) -> (russian: String, english: String) {
        inputTexts(code) ?? accessTexts(code) ?? configurationTexts(code) ?? lineTexts(code) ?? meterTexts(
            code)
            ?? hubTexts(code) ?? relayTexts(code) ?? clockTexts(code)
            ?? storageTexts(code) ?? brokerTexts(code) ?? gatewayTexts(code)
    }

    private static func inputTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .inputMissing: ("Не заполнено.", "Missing.")
        case .inputType:
            ("Значение другого вида[: нужно {allowed}].", "Wrong kind of value[: {allowed} expected].")
        case .inputRange:
            (
                "Недопустимое значение[ {value}][. Допустимо: {allowed}].",
                "Not allowed[: {value}][. Allowed: {allowed}]."
            )
        case .inputFormat:
            (
                "Неверная запись[ {value}][. Допустимо: {allowed}].",
                "Malformed[: {value}][. Allowed: {allowed}]."
            )
        case .inputDuplicate: ("Уже есть[: {value}].", "Already present[: {value}].")
        case .inputUnknownReference: ("Ссылка на то, чего нет[: {value}].", "Refers to nothing[: {value}].")
        case .inputTooLarge: ("Слишком длинно[. Допустимо: {allowed}].", "Too long[. Allowed: {allowed}].")
        case .inputNotJSON:
            ("Это не JSON[: {reason}][, октет {offset}].", "Not JSON[: {reason}][, octet {offset}].")
        case .unknownMeasure: ("Неизвестный вид данных[ {value}].", "Unknown measure[ {value}].")
        default: nil
        }
    }

    private static func accessTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .loginRefused:
            ("Неверный логин или пароль. Введите данные снова.", "Wrong login or password. Enter them again.")
        case .sessionMissing: ("Сеанс закончился. Войдите снова.", "The session is over. Log in again.")
        case .rightMissing:
            (
                "Недостаточно прав. Нужна учётная запись администратора.",
                "Not allowed. An administrator may do this."
            )
        case .passwordMustChange:
            (
                "Заводской пароль. Сначала задайте новый.",
                "This is the factory password. Set a new one first."
            )
        case .originRefused:
            (
                "Запрос пришёл с чужой страницы и отклонён.",
                "The request came from a foreign page and was refused."
            )
        case .tooManyAttempts:
            (
                "Слишком много неудачных попыток входа[. Повторите через {seconds} с].",
                "Too many failed logins[. Try again in {seconds} s]."
            )
        default: nil
        }
    }

    private static func configurationTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .revisionConflict:
            (
                "Настройки тем временем изменены[: {user}][, {when}][, ревизия {revision}].",
                "Meanwhile the settings were changed[ by {user}][, {when}][, revision {revision}]."
            )
        case .revisionDamaged:
            ("Ревизия {revision} повреждена[: {reason}].", "Revision {revision} is damaged[: {reason}].")
        case .revisionNewer:
            (
                "Ревизия {revision} записана более новой версией ПО[ (схема {value})].",
                "Revision {revision} was written by newer software[ (schema {value})]."
            )
        case .revisionWrite:
            ("Не удалось записать настройки[: {reason}].", "Saving the settings failed[: {reason}].")
        case .seasonUnsupported:
            (
                "Летнее время не поддерживается: время устройства – постоянный сдвиг от UTC.",
                "Seasonal time is not supported: the device keeps a fixed offset from UTC."
            )
        case .administratorMissing:
            ("Должен остаться хотя бы один администратор.", "At least one administrator must remain.")
        default: nil
        }
    }

    private static func lineTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .lineBusy:
            (
                "Линия занята[: {line}][, {owner}]. Повторите позже.",
                "The line is busy[: {line}][, {owner}]. Try again later."
            )
        case .lineMissing: ("Такой линии нет[: {line}].", "There is no such line[: {line}].")
        case .lineClosed: ("Линия отключилась[: {line}].", "The line has gone[: {line}].")
        case .lineOpenFailed:
            (
                "Линия не открывается[: {line}][, {reason}].",
                "The line cannot be opened[: {line}][, {reason}]."
            )
        case .serverListen:
            (
                "Сервер не открыл порт[ {port}][: {reason}].",
                "The server could not open its port[ {port}][: {reason}]."
            )
        case .remoteVersion:
            (
                "Версия протокола удалённого подключения не поддерживается[: {value}][, доступна {allowed}].",
                "This version of remote connection is not spoken[: {value}][, there is {allowed}]."
            )
        case .remoteSession:
            (
                "Сеанс удалённого подключения завершён, линия возвращена.",
                "The session of remote connection is over; the line was given back."
            )
        case .supplyMissing:
            (
                "У этого устройства нет линии питания[ {line}].",
                "This device has no supply line[ {line}]."
            )
        case .supplySwitch:
            (
                "Линия питания[ {line}] не переключена[: {reason}].",
                "The supply line[ {line}] could not be switched[: {reason}]."
            )
        default: nil
        }
    }

    private static func meterTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .meterSilent:
            (
                "Нет ответа. Проверьте питание прибора, адрес и линию.",
                "No answer. Check the meter's power, its address and the line."
            )
        case .meterSlow:
            (
                "Прибор отвечает, но не успел за отведённое время. Повторите запрос.",
                "The meter answers, but not within the time given. Ask again."
            )
        case .meterEngaged:
            (
                "С прибором ещё может быть связан клиент транзита. Опрос отложен на две минуты.",
                "A transit client may still have a link with the meter. Its poll is put off by two minutes."
            )
        case .meterGarbage:
            (
                "Ответ неразборчив. Проверьте скорость, чётность и полярность линии.",
                "The answer is garbled. Check speed, parity and polarity of the line."
            )
        case .meterRefusedPassword: ("Прибор не принял пароль.", "The meter refused the password.")
        case .meterKeys:
            (
                "Ключи шифрования не подошли к прибору[: {detail}].",
                "The meter and these ciphering keys do not fit[: {detail}]."
            )
        case .meterRefused: ("Прибор отказал[: {reason}].", "The meter refused[: {reason}].")
        case .meterBlocked:
            (
                "Автоматический опрос остановлен после отказа в пароле[ до {until}].",
                "Automatic polling stopped after a refused password[ until {until}]."
            )
        case .meterDisconnected: ("Прибор прервал обмен.", "The meter ended the exchange.")
        case .meterProtocol: ("Ошибка протокола[: {reason}].", "Protocol error[: {reason}].")
        case .meterSerialChanged:
            (
                "Ответил другой прибор[: {value}][ вместо {expected}].",
                "Another meter answered[: {value}][ instead of {expected}]."
            )
        case .meterUnsupported:
            ("Прибор этого не умеет[: {detail}].", "The meter cannot do this[: {detail}].")
        case .meterDataAccess:
            ("Прибор не отдал значение[: {reason}].", "The meter withheld the value[: {reason}].")
        case .meterTypeUnknown: ("Неизвестный тип прибора[ {value}].", "Unknown type of meter[ {value}].")
        case .meterAlias:
            (
                "Тот же тип, адрес и интерфейс, что у ПУ {meter}: это один прибор.",
                "Same type, address and interface as meter {meter}: they are one device."
            )
        case .meterAddressReserved:
            ("Адрес {value} ниже 16 – служебный.", "Address {value} is below 16, a reserved range.")
        default: nil
        }
    }

    private static func hubTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .hubBusy:
            (
                "Хаб[ {hub}] занят другим клиентом[: {line}]. Опрос отложен до его освобождения.",
                "The hub[ {hub}] is busy with another client[: {line}]. Polling waits until it is free."
            )
        case .hubUnreachable:
            (
                "Родительское устройство[ {hub}] недоступно[: {line}][, {reason}].",
                "The parent device[ {hub}] cannot be reached[: {line}][, {reason}]."
            )
        case .meterParentNotHub:
            (
                "Родительское устройство {value} – не хаб.",
                "The parent device {value} is not a hub."
            )
        case .meterParentCycle:
            (
                "Цепочка родительских устройств через {value} замкнута: устройство стоит само за собой.",
                "The chain of parents through {value} is closed: the device would be behind itself."
            )
        case .meterParentOwn:
            (
                "{value} – порт транзита самого устройства. Укажите его интерфейс в строке ПУ.",
                "{value} is a transit port of this device. Name its interface in the meter's row instead."
            )
        default: nil
        }
    }

    private static func relayTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .meterNoRelay: ("У прибора нет реле.", "The meter has no relay.")
        case .meterLevelMissing:
            (
                "Для управления нужен пароль второго уровня. Введите его в таблице ПУ.",
                "Acting upon a meter takes its password of the second level. Enter it in the table of meters."
            )
        case .relayOne:
            (
                "Переключить можно только одно реле одного прибора.",
                "Only one relay of one meter can be switched."
            )
        case .relayReady:
            (
                "Реле готово к включению. Чтобы включить его, нажмите кнопку на приборе.",
                "The relay is ready. Press the button at the meter to switch it on."
            )
        case .relayUnchanged:
            (
                "Прибор принял команду, но реле не переключилось за 10 с.",
                "The meter took the command, but the relay did not switch within 10 s."
            )
        case .relayUnknown:
            (
                "Команда отправлена, но ответа нет: состояние реле неизвестно. Считайте его.",
                "The command was sent, but no answer came: the relay's state is unknown. Read it."
            )
        case .relayCurrent:
            (
                "Реле отключено, но ток всё ещё течёт[: {value} А]. Проверьте прибор на месте.",
                "The relay is off, but current still flows[: {value} A]. Check the meter on site."
            )
        case .relaySwitched: ("Реле переключено.", "The relay was switched.")
        default: nil
        }
    }

    private static func clockTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .clockBeyondShift:
            (
                "Часы ПУ расходятся на {seconds} с: больше, чем можно сдвинуть. Установите время вручную.",
                "The meter's clock is off by {seconds} s, more than may be shifted. Set it by hand."
            )
        case .clockCorrectedToday:
            (
                "Часы ПУ расходятся на {seconds} с, сегодня их уже сдвигали.",
                "The meter's clock is off by {seconds} s and was corrected today already."
            )
        case .clockNearBoundary:
            (
                "Часы ПУ расходятся на {seconds} с, рядом граница интервала: сдвиг позже.",
                "The meter's clock is off by {seconds} s near the end of an interval: corrected later."
            )
        case .clockSlowAnswer:
            (
                "ПУ отвечает дольше 2 с: время по такому ответу не сверить.",
                "The meter takes over 2 s to answer: too long to compare clocks."
            )
        default: nil
        }
    }

    private static func storageTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .archiveOpen: ("Архив не открывается[: {reason}].", "The archive cannot be opened[: {reason}].")
        case .archiveWrite:
            ("Запись в архив не удалась[: {reason}].", "Writing to the archive failed[: {reason}].")
        case .archiveNewer:
            (
                "Архив создан более новой версией ПО[: {value}].",
                "The archive is of newer software[: {value}]."
            )
        case .archiveRead:
            ("Чтение архива не удалось[: {reason}].", "Reading the archive failed[: {reason}].")
        case .archiveDamaged: ("Архив повреждён[: {reason}].", "The archive is damaged[: {reason}].")
        case .archiveFull: ("Нет места для архива.", "There is no room left for the archive.")
        case .archiveAway:
            (
                "Архив не открывается[ с {time}][: {reason}]. Пока это так, опроса и отправки нет, показания "
                    + "остаются в ПУ[: на начало суток до {days}][, профили до {profile}]. Потом они будут "
                    + "потеряны. Освободите место или замените накопитель: архив открывается снова каждые 15 с.",
                "The archive cannot be opened[ since {time}][: {reason}]. Until it can nothing is polled or "
                    + "sent, and meters keep their rows[: starts of days until {days}][, profiles until "
                    + "{profile}]. Then they will be lost. Make room or replace the storage: the archive is tried "
                    + "again every 15 s."
            )
        case .archiveStopped:
            (
                "Архив не записывается[ с {time}][: {reason}]. Опрос идёт, непринятое остаётся в ПУ"
                    + "[: показания на начало суток до {days}][, профили до {profile}]. Потом оно будет "
                    + "потеряно.",
                "Nothing is stored[ since {time}][: {reason}]. Polling goes on and meters keep what was "
                    + "not taken[: starts of days until {days}][, profiles until {profile}]. Then it "
                    + "will be lost."
            )
        case .archiveFilling:
            (
                "Места на диске хватит до {time}: потом новые данные не сохранятся.",
                "The disk will be full on {time}: after that new data cannot be stored."
            )
        case .archiveReplaced:
            (
                "Архив был повреждён[ {time}] и заменён новым[, перенесено записей: {rows}]"
                    + "[, непрочитанных участков: {holes}][, файл сохранён: {path}].",
                "The archive was damaged[ on {time}] and replaced by a new one[, rows brought over: {rows}]"
                    + "[, stretches unread: {holes}][, kept as {path}]."
            )
        case .archiveSound: ("Ошибок нет.", "No errors.")
        case .archiveRowFuture:
            ("Метка времени ещё не наступила.", "Its time stamp lies in the future.")
        case .archiveRowClock:
            (
                "Часы прибора ушли больше чем на половину интервала.",
                "The meter's clock was off by more than half an interval."
            )
        default: nil
        }
    }

    private static func brokerTexts(_ code: FaultCode) -> (russian: String, english: String)? {
        switch code {
        case .brokerUnreachable:
            ("Брокер недоступен[: {reason}].", "The broker cannot be reached[: {reason}].")
        case .brokerRefused: ("Брокер отказал[: {reason}].", "The broker refused[: {reason}].")
        case .brokerCertificate:
            (
                "Сертификат брокера не принят[: {reason}]. Данные копятся в архиве.",
                "The broker's certificate was not accepted[: {reason}]. Data are kept in the archive."
            )
        case .brokerTLSVersion:
            (
                "Нет общей версии TLS: нужна 1.2 или новее[ ({reason})].",
                "No common TLS version: 1.2 or newer is needed[ ({reason})]."
            )
        case .brokerName: ("Имя брокера не найдено[: {value}].", "The broker's name is unknown[: {value}].")
        default: nil
        }
    }

    private static func gatewayTexts(_ code: FaultCode) -> (russian: String, english: String) {
        switch code {
        case .eventTimeUntrusted:
            (
                "Расписание ждёт: время устройства недостоверно.",
                "The schedule waits: the device's time is not trusted."
            )
        case .eventCoalesced: ("Предыдущее выполнение ещё не кончилось.", "The run before has not ended yet.")
        case .spreadsheetTooLarge:
            (
                "Для одного файла это слишком много[: в нём помещается {allowed} ячеек]. "
                    + "Выберите меньший период, меньше ПУ или параметров.",
                "This is too much for one file[: it holds {allowed} cells]. "
                    + "Choose a shorter period, fewer meters or parameters."
            )
        case .spreadsheetFailed:
            (
                "Файл не создан: устройству не хватило места для временного файла. Попробуйте ещё раз.",
                "No file was made: the device lacked room for a temporary file. Try again."
            )
        case .timeUntrusted: ("Время устройства недостоверно.", "The device's time is not trusted.")
        case .stopped: ("Остановлено.", "Stopped.")
        case .notFound: ("Не найдено.", "Not found.")
        default: ("Внутренняя ошибка[: {reason}].", "Internal error[: {reason}].")
        }
    }
}
