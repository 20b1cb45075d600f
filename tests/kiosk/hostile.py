"""Names somebody may put into a catalogue to make a terminal, a renderer or a reader do something else (C5)."""

from typing import Final

CORPUS: Final[dict[str, str]] = {
    "markup": "[bold red]Couches[/] [@click=app.quit]ici[/]",
    "action": "[@click=app.exit()]gratuit[/]",
    "broken markup": "Pack [/] de 6",
    "appellation": "Vin [AOC] 75cl",
    "variable": "Lait $primary {0} %s",
    "colour": "\x1b[31mrouge\x1b[0m",
    "clear": "\x1b[2J\x1b[Hvide",
    "title": "\x1b]0;titre\x07suite",
    "clipboard": "\x1b]52;c;aGVsbG8=\x1b\\suite",
    "link": "\x1b]8;;http://example.com\x1b\\lien\x1b]8;;\x1b\\",
    "csi c1": "\x9b31mrouge",
    "osc c1": "\x9d0;titre\x9csuite",
    "device": "\x1bP1$r0m\x1b\\suite",
    "reset": "\x1bcsuite",
    "nul": "Lait\x00entier",
    "bell": "Lait\x07\x08\x08\x08\x7fentier",
    "lines": "Lait\r\nentier\x0b\x0c\x85fin",
    "bidi": "Lait \u202egnortser\u202c \u2066a\u2069",
    "zero width": "La\u200bit\u200d\ufeff\u00adentier",
    "marks": "L" + "\u0301" * 50 + "ait",
    "emoji": "Lait 🥛 👨\u200d👩\u200d👧 ❤\ufe0f",
    "wide": "牛乳パック一リットル",
    "tags": "Lait\U000e0041\U000e0042",
    "surrogate like": "Lait\ue000\uf8ff",
    "separators": "Lait\u2028entier\u2029fin",
    "tab": "Lait\tentier",
    "long": "Lait entier " * 6,
}
