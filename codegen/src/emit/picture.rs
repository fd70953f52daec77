//! The flow of the saga, as a picture.

use crate::files::HEADER;
use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    format!("<!-- {HEADER} -->\n{}", model.chart.svg())
}
