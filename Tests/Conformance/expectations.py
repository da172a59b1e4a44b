"""Where models are known, and meant, to depart from the standard: for each word of a personality's `quirks` the
tests that show it, and a part of the words they fail with.

A departure is owed: a test named here that passes, or fails in another way, on a model with the quirk is a fault, as
is a quirk that no test shows. `lacks` stands for the personality's list of objects the model has not.
"""

SILENT = "the meter is silent"

DEPARTURES = {
    "deafAfterBrokenSession": {
        **{f"HDLC_NDM2NRM_0{number}": SILENT for number in (2, 3, 4, 5, 6, 8)},
        "HDLC_INFO_11": SILENT, "HDLC_TWO_01": SILENT, "HDLC_TWO_02": SILENT, "HDLC_TWO_03": SILENT,
    },
    "blocksWrongPasswords": {"APPL_OPEN_21": SILENT},
    "dropsServiceClass": {"APPL_GET_09": "invoke-id and priority"},
    "staleRows": {
        "PROFILE_ENTRIES_01": "entries in use", "PROFILE_ENTRIES_02": "columns", "PROFILE_ENTRIES_03": "order of stamps"},
    "currentImbalanceAt128": {"COSEM_TANGENT_01": "1.0.128.7.0.255"},
    "detailedJournals": {"PROFILE_CAPTURE_01": "captures", "PROFILE_JOURNAL_04": "event code"},
    "wideEventCodes": {"PROFILE_JOURNAL_04": "event code"},
    "shuffledScalers": {"PROFILE_SCALER_02": "order of columns"},
    "hidesReadRights": {
        "COSEM_RIGHTS_01": "is read", "COSEM_RIGHTS_03": "result 12", "COSEM_RIGHTS_04": "nothing may be written"},
    "lacks": {"COSEM_LIST_05": "demanded and absent"},
}


def departures(personality: dict) -> dict[str, tuple[str, str]]:
    """Test: the quirk it must show, and the words it must fail with."""
    quirks = personality.get("quirks", []) + (["lacks"] if personality.get("lacks") else [])
    return {test: (quirk, words) for quirk in quirks for test, words in DEPARTURES.get(quirk, {}).items()}


def unknown(personality: dict) -> list[str]:
    """Quirks no test shows."""
    return [quirk for quirk in personality.get("quirks", []) if quirk not in DEPARTURES]
