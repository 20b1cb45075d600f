"""One example of every screen, for those who look at screens: translators, designers, the tests.

Nobody's data: the names are made up, the texts are of the length the hub sends.
"""

from typing import Final

from hub.wire.base import LocalText
from hub.wire.display import Closed, Noted, Offer, Progress, Symbols, Thanks
from kiosk.screen import Note, Screen

_GROUP: Final = LocalText(fr="Cafés en grains", en="Coffee beans")

_REASONS: Final = (
    LocalText(fr="Vous avez acheté 4 cafés depuis mars.", en="You have bought 4 coffees since March."),
    LocalText(fr="Chaque 5e café coûte 2 € de moins.", en="Every 5th coffee costs €2 less."),
    LocalText(
        fr="50 points quittent votre compte quand vous payez.",
        en="50 points leave your account when you pay.",
    ),
)

OFFER: Final = Offer(
    group=_GROUP,
    product="Café du matin, grains 250 g",
    price_minor=650,
    discount_minor=200,
    points_used=50,
    counter=4,
    every=5,
    at_till=True,
    reasons=_REASONS,
)

PROGRESS: Final = Progress(group=_GROUP, counter=3, every=5, reasons=_REASONS)

SAMPLES: Final[dict[str, Screen]] = {
    "attract": Screen(online=True),
    "closed": Screen(
        content=Closed(
            reason=LocalText(
                fr="aucune notice de confidentialité n’est configurée.",
                en="no privacy notice is configured.",
            )
        ),
        online=True,
    ),
    "symbols": Screen(
        content=Symbols(symbols=("lune", "cerise", "bateau", "chat", "parapluie", "couronne")), online=True
    ),
    "resting": Screen(
        content=Symbols(symbols=("lune", "cerise", "bateau", "chat", "parapluie", "couronne"), cooling_s=5.0),
        online=True,
        resting=True,
    ),
    "locked": Screen(
        content=Symbols(symbols=("lune", "cerise", "bateau", "chat", "parapluie", "couronne"), locked=True),
        online=True,
    ),
    "offer": Screen(content=OFFER, online=True),
    "why": Screen(content=OFFER, online=True, why=True),
    "progress": Screen(content=PROGRESS, online=True),
    "noted": Screen(
        content=Noted(
            message=LocalText(fr="Ce code n’est pas connu ici.", en="This code is not known here.")
        ),
        online=True,
    ),
    "thanks": Screen(content=Thanks(discount_minor=200, points_used=50, counter=0, every=5), online=True),
    "confirm": Screen(confirming=True, online=True),
    "offline": Screen(online=False),
    "outdated": Screen(online=True, outdated=True),
    "waiting": Screen(online=True, waiting=True),
    "typed": Screen(online=True, typed=7),
    **{note.value: Screen(note=note, online=note is not Note.STOPPED_OFFLINE) for note in Note},
}
"""Every `Kind` of screen, its variants, and each of the kiosk's own notes, by the name `comptoir kiosk show` takes."""
