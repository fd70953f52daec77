//! Pictures of a saga: its flow, and single runs of it. As Mermaid, which Git
//! hosts draw themselves, as SVG, and as a page with all of them.

pub mod chart;
mod flow_svg;
pub mod html;
mod layout;
mod mermaid;
pub mod sequence;
mod sequence_svg;
mod svg;
mod text;

pub use chart::Chart;
pub use sequence::SequenceDiagram;

impl Chart {
    /// The flow as an SVG file.
    pub fn svg(&self) -> String {
        flow_svg::svg(self)
    }

    /// The flow as Mermaid.
    pub fn mermaid(&self) -> String {
        mermaid::flow(self)
    }
}

impl SequenceDiagram {
    /// The run as an SVG file.
    pub fn svg(&self) -> String {
        sequence_svg::svg(self)
    }

    /// The run as Mermaid.
    pub fn mermaid(&self) -> String {
        mermaid::run(self)
    }
}
