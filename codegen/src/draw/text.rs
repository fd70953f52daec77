//! How wide text is, whatever font it is shown in.

/// The width of a text in pixels, at most: in DejaVu Sans, the widest font that
/// is common where none of those that are asked for is there.
pub(super) fn width(text: &str, size: i32, bold: bool) -> i32 {
    let widths = if bold { &BOLD } else { &REGULAR };
    let all: i32 = text.chars().map(|character| of(widths, character)).sum();
    (all * size + 999) / 1000
}

fn of(widths: &[i32; 95], character: char) -> i32 {
    let place = u32::from(character).checked_sub(u32::from(' ')).and_then(|it| usize::try_from(it).ok());
    let known = place.and_then(|place| widths.get(place));
    // A letter of a script with wide letters.
    known.copied().unwrap_or(1050)
}

/// The widths of the letters from ` ` to `~`, in thousandths of the font's size.
const REGULAR: [i32; 95] = [
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637,
    637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775, 752, 295,
    295, 656, 558, 863, 749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686, 611, 686, 391, 337, 391, 838,
    500, 500, 613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521,
    393, 634, 592, 818, 592, 592, 525, 637, 337, 637, 838,
];

/// The same of its bold face.
const BOLD: [i32; 95] = [
    349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696,
    696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373,
    373, 775, 638, 996, 837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771, 725, 726, 458, 366, 458, 838,
    500, 500, 675, 716, 593, 716, 679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596,
    479, 712, 652, 924, 646, 652, 583, 712, 366, 712, 838,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_more_room() {
        assert_eq!(width("~", 1000, false), 838);
        assert!(width("WWW", 12, false) > width("iii", 12, false));
        assert!(width("서울", 12, false) >= 24);
        assert!(width("order", 12, true) > width("order", 12, false));
    }
}
