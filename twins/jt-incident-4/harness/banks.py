"""Invented names and phrases. No brand, substance, company or person here exists."""

from __future__ import annotations

from dataclasses import dataclass

BRAND_STARTS = (
    "Quel", "Zorv", "Bryn", "Tavo", "Olmi", "Fesk", "Jorr", "Wimb", "Drus", "Yelk", "Kast", "Nuvo",
    "Posk", "Hald", "Grev", "Ivol", "Ulme", "Sarv", "Ebbo", "Lovk", "Vesh", "Mirk", "Ondr", "Tulv",
    "Arsk", "Pell", "Gwyn", "Dovr", "Hesk", "Cawl", "Runo", "Syrk",
)  # fmt: skip
BRAND_MIDDLES = (
    "am", "ed", "il", "op", "us", "an", "er", "ib", "or", "ut", "aq", "el", "iv", "od", "ur", "ax",
)  # fmt: skip
BRAND_ENDS = (
    "brel", "dovi", "mique", "tesk", "zant", "gora", "lune", "pesh", "varo", "krit", "shel", "nofa",
)  # fmt: skip
SUBSTANCE_STARTS = (
    "bav", "cor", "dwel", "esk", "fum", "gor", "hul", "ikr", "jav", "kel", "lom", "mux", "nep",
    "ord", "pru", "rov", "skel", "tuv", "urb", "vok", "wex", "yar", "zim", "alk", "brov", "tren",
)  # fmt: skip
SUBSTANCE_MIDDLES = ("ado", "eli", "imu", "ora", "uve", "ask", "ent", "ilo", "oxa", "urp")
SUBSTANCE_ENDS = ("quane", "dresk", "lovine", "morrel", "padex", "sturin", "wexal", "grome")
Parts = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Names:
    """What names are put together of: starts, middles and ends."""

    brands: Parts
    substances: Parts


NAMES = Names(
    (BRAND_STARTS, BRAND_MIDDLES, BRAND_ENDS),
    (SUBSTANCE_STARTS, SUBSTANCE_MIDDLES, SUBSTANCE_ENDS),
)
GROUPS = (
    "pain", "hay fever", "cough and colds", "heartburn", "trouble sleeping", "travel sickness",
    "high blood pressure", "water retention", "muscle cramps", "itching skin",
)  # fmt: skip
FORMS = ("tablets", "capsules", "oral solution", "sachets", "drops", "chewable tablets")

COMPANIES = (
    "Halvorn Apotheken", "Brightwell Dispensaries", "Ostrander & Kell", "Linnet Pharmacy Group",
    "Farmacias Alborada del Sur", "Kestrelgate Health", "Nordlys Apotek", "Maple & Mortar",
    "Corvane Pharmacies", "Greyfinch Care", "Saltmarsh Chemists", "Tern Island Pharmacies",
)  # fmt: skip
ASSISTANTS = (
    "Pill Pilot", "Ask Ada", "Leaflet Lens", "Counter Clara", "Dosebook", "Ruby at the Desk",
    "Paperfold", "Beacon", "Fineprint", "Insert", "Second Reader", "Mortimer",
)  # fmt: skip
PEOPLE = (
    "Ines Okafor", "Tomas Bergqvist", "Priya Nandakumar", "Jonas Wirth", "Leila Haddad",
    "Marek Dvorak", "Sofia Almeida", "Kenji Mori", "Aoife Brennan", "Dario Conti", "Nia Mensah",
    "Elif Demir", "Hannah Vogel", "Samir Rao", "Greta Lindholm", "Pablo Ortega",
)  # fmt: skip
TOWNS = (
    "Harbour Street", "Old Mill", "Station Square", "St Brannock", "Quayside", "Elm Park",
    "North Gate", "Canal Row", "Market Hall", "Fern Hill",
)  # fmt: skip

USES = (
    "{brand} contains {substance} and is a medicine for {group}.",
    "The substance {substance} is used for {group}. Take {brand} for a few days only.",
    "{brand}, with {substance}, treats {group}.",
)
WARNINGS = (
    "Do not take {brand} if you have ever had a rash after {substance}.",
    "Tell your pharmacist about kidney or liver trouble before the first dose.",
    "Do not use {brand} for longer than seven days without advice.",
    "Ask before giving {brand} to anybody who is already drowsy or confused.",
    "Drink enough while you take {brand}, more so in hot weather.",
    "Stop and ask for help if your face or tongue swells.",
)
SIDE_EFFECTS = (
    "Common: dry mouth, mild headache, tiredness on the first day.",
    "Uncommon: itching, loose stools, a metallic taste.",
    "Rare: blurred sight, fast heartbeat. Stop and call your doctor.",
    "Common: feeling sick for an hour after the dose; food helps.",
    "Uncommon: vivid dreams, cold hands, ringing in the ears.",
)
DRIVING = {
    "no_effect": "{brand} has no known effect on driving or on using machines.",
    "with_care": "{brand} can make you drowsy. Drive only when you know how you react.",
    "do_not_drive": "Do not drive and do not use machines while you take {brand}.",
}
STORAGE = (
    "Store below {max_c} °C. Use within {open_days} days of opening.",
    "Keep below {max_c} °C in the outer carton; once open, {open_days} days.",
    "Not above {max_c} °C. Discard {open_days} days after first opening.",
)
SEVERITIES = ("avoid", "caution", "monitor")
INTERACTIONS = {
    "avoid": (
        (
            "Do not take {brand} together with {other}: {substance} can rise to a dangerous "
            "height within hours. Leave at least two days between them."
        ),
        "{other} must not be combined with {brand}. Patients who took both needed hospital care.",
        "Never with {other}. Together with {substance} it can slow breathing.",
    ),
    "caution": (
        (
            "Medicines with {other} can make {brand} stronger. Ask your doctor for a lower dose "
            "and stop if you feel dizzy."
        ),
        "{other} and {substance} both strain the kidneys; take them together only on advice.",
        "Take {other} at least four hours before or after {brand}, or it will not work as meant.",
    ),
    "monitor": (
        "With {other}, have your blood pressure checked once a week while you take {brand}.",
        "{other} may weaken {brand} a little. Tell your pharmacist if it does not help.",
        "Your doctor may want a blood test if you take {other} and {brand} for over ten days.",
    ),
}
WITHDRAWAL_REASONS = (
    "dosing table corrected after a safety review",
    "printing error in the section on how to take it",
    "new contraindication",
    "storage advice was wrong for the new blister pack",
    "regulator's urgent safety restriction",
)
COMPLAINTS = (
    "The answer on the screen does not agree with the leaflet in my box.",
    "My pharmacist read me something else than your app did. Who is right?",
    "I asked twice and both times it said the same. My doctor says that is not correct.",
    "I nearly followed this. Please have a person look at it.",
    "Is this really about my medicine? The paper says otherwise.",
    (
        "Our branch printed the answer for a patient; she came back with the paper leaflet, and "
        "they do not match."
    ),
)
BYSTANDERS = (
    "The app took ages to open this morning, then it was fine.",
    "Why does it not know my herbal tea? It only says it does not know the product.",
    "It wants a weight for the dose. I do not own scales.",
    "The print is too small on the kiosk at the door.",
    "It told me to say which strength I mean. I had typed only the brand.",
    "Love it, but could it speak Portuguese?",
)
