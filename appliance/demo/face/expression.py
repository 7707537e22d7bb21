"""Facial expressions, in the action units of the facial action coding system.

Each field of `Expression` is one action unit (AU) of Ekman & Friesen, "Facial Action Coding System"
(Consulting Psychologists Press, 1978; revised with Hager, 2002), from 0 (at rest) to 1 (as far as it
goes). Which units make up which emotion follows their EMFACS tables; the strengths were chosen by
looking at what faces of FER-2013 show, since the emotion network has learnt from those.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Expression:
    """Strengths of action units, 0 to 1 each; the default is a face at rest."""

    inner_brow_raise: float = 0.0
    """AU1."""
    outer_brow_raise: float = 0.0
    """AU2."""
    brow_lower: float = 0.0
    """AU4: brows down and together, with the furrows between them."""
    upper_lid_raise: float = 0.0
    """AU5: wide eyes."""
    cheek_raise: float = 0.0
    """AU6: cheeks up, crow's feet, the lower lid pushed up."""
    lid_tighten: float = 0.0
    """AU7: the lids narrowed."""
    nose_wrinkle: float = 0.0
    """AU9: the nose wrinkled."""
    upper_lip_raise: float = 0.0
    """AU10: the upper lip raised."""
    corner_pull: float = 0.0
    """AU12: the smile."""
    corner_depress: float = 0.0
    """AU15: mouth corners down."""
    lower_lip_depress: float = 0.0
    """AU16: shows the lower teeth."""
    chin_raise: float = 0.0
    """AU17: the lower lip pushed up, the chin dimpled."""
    lip_stretch: float = 0.0
    """AU20: the mouth drawn wide."""
    lip_tighten: float = 0.0
    """AU23 and AU24: thin, pressed lips."""
    lips_part: float = 0.0
    """AU25: the lips apart."""
    jaw_drop: float = 0.0
    """AU26 and, towards 1, AU27."""
    eyes_close: float = 0.0
    """AU43; for a moment it is AU45, a blink."""
    look_down: float = 0.0
    """AU64; negative is AU63, up."""
    look_left: float = 0.0
    """AU61, towards the left edge of the picture; negative is AU62."""
    hands_at_mouth: float = 0.0
    """No action unit (those end at the neck), but how many of FER-2013's frightened people show it."""


EXPRESSIONS: dict[str, Expression] = {
    "angry": Expression(
        brow_lower=1.0,
        upper_lid_raise=0.1,
        nose_wrinkle=1.0,
        upper_lip_raise=0.65,
        corner_depress=0.7,
        lower_lip_depress=1.0,
        lip_stretch=0.3,
        lips_part=1.0,
        jaw_drop=0.95,
    ),
    "disgust": Expression(
        brow_lower=0.9,
        inner_brow_raise=0.15,
        cheek_raise=1.0,
        lid_tighten=0.3,
        nose_wrinkle=1.0,
        upper_lip_raise=1.0,
        corner_depress=1.0,
        chin_raise=1.0,
        lips_part=0.4,
        eyes_close=0.8,
    ),
    "fear": Expression(
        inner_brow_raise=0.9,
        brow_lower=0.4,
        upper_lid_raise=0.9,
        cheek_raise=0.35,
        upper_lip_raise=0.25,
        corner_depress=0.6,
        lip_stretch=1.0,
        lip_tighten=1.0,
        lips_part=1.0,
        jaw_drop=0.3,
        look_left=-1.0,
        hands_at_mouth=0.95,
    ),
    "happy": Expression(cheek_raise=0.8, corner_pull=1.0, lips_part=0.9, jaw_drop=0.2, upper_lip_raise=0.2),
    "sad": Expression(
        inner_brow_raise=1.0,
        brow_lower=1.0,
        cheek_raise=0.6,
        lid_tighten=0.45,
        corner_depress=0.7,
        lip_stretch=0.95,
        eyes_close=0.75,
        look_down=1.0,
    ),
    "surprise": Expression(
        inner_brow_raise=1.0, outer_brow_raise=1.0, upper_lid_raise=0.9, lips_part=0.6, jaw_drop=1.0
    ),
    # Lids at rest cover the rim of the iris; with eyes as open as they are drawn, it looks surprised.
    "neutral": Expression(eyes_close=0.15),
}
"""One for each of `appliance.protocol.emotions.EMOTIONS`."""


def blend(a: Expression, b: Expression, t: float) -> Expression:
    """Between `a` (t = 0) and `b` (t = 1), with a soft start and end, as muscles move."""
    t = min(max(t, 0.0), 1.0)
    eased = t * t * (3 - 2 * t)
    return Expression(
        **{f.name: (1 - eased) * getattr(a, f.name) + eased * getattr(b, f.name) for f in fields(Expression)}
    )
