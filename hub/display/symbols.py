"""The private symbols: what "that's me" is touched on. The kiosk has a drawing and a spoken name for each."""

from typing import Final

SYMBOLS: Final = (
    "etoile", "lune", "soleil", "coeur", "trefle", "carreau", "pique", "ancre", "cle", "cloche",
    "fleur", "sapin", "maison", "bateau", "avion", "velo", "train", "parapluie", "nuage", "goutte",
    "flamme", "montagne", "poisson", "oiseau", "chat", "chien", "cerise", "pomme", "poire", "couronne",
)  # fmt: skip
"""Thirty: with six on a screen a stranger who touches one at random is wrong five times in six."""
