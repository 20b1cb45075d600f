"""The house's own colours: a light counter. No theme that comes with Textual passes 4.5:1 on every cell.

`tests/kiosk/test_contrast.py` measures the drawn cells (WCAG 2.2, 1.4.3 and 1.4.11).
"""

from textual.theme import Theme

THEME = Theme(
    name="comptoir",
    dark=False,
    primary="#0F5C5A",
    secondary="#6B4E16",
    accent="#8A2B0E",
    warning="#7A4A00",
    error="#8F1D1D",
    success="#17613A",
    foreground="#1F2A2E",
    background="#F6F1E7",
    surface="#FFFFFF",
    panel="#E9DFCC",
    text_alpha=1.0,
    variables={
        "kiosk-ink": "#1F2A2E",
        "kiosk-quiet": "#4F5A5E",
        "kiosk-counter": "#F6F1E7",
        "kiosk-card": "#FFFFFF",
        "kiosk-soft": "#E9DFCC",
        "kiosk-softer": "#DDD0B6",
        "kiosk-blush": "#F3DDD3",
        "kiosk-deep": "#0F5C5A",
        "kiosk-good": "#17613A",
        "kiosk-stop": "#8F1D1D",
        "kiosk-focus": "#FFD166",
        "kiosk-alert": "#7A1F1F",
    },
)
"""Light, because a shop is; one deep colour for the way on, red ink only for the stop."""
