//! `init`: a project with a saga of one's own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Outcome, say};
use crate::init::{self, Begun, Runtime, Wish};

/// What can be wished for.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The folder to make; its name is the saga's, in kebab case [with --adopt: this folder]
    #[arg(required_unless_present = "adopt")]
    name: Option<PathBuf>,
    /// Where the runtime comes from: path=FOLDER, git=URL, git=URL#REVISION or a version
    /// [default: where this tool comes from]
    #[arg(long, value_name = "SOURCE")]
    runtime: Option<Runtime>,
    /// Copy the runtime into the project
    #[arg(long)]
    vendor: bool,
    /// Begin with one of the examples, such as order, travel or approval
    #[arg(long, value_name = "EXAMPLE")]
    from: Option<String>,
    /// Add what is missing to a workspace that exists, and change nothing that is there
    #[arg(long, conflicts_with_all = ["vendor", "from"])]
    adopt: bool,
}

pub(super) const EXAMPLES: &str = "Examples:
  cargo saga init food-order                                      a saga of two services
  cargo saga init trips --from travel                             one of the examples
  cargo saga init food-order --runtime git=https://…/saga.git     a runtime from a Git repository
  cargo saga init food-order --vendor                             a runtime that is part of the project
  cargo saga init --adopt                                         in a workspace that exists

Exit codes: 0 success; 2 invalid usage, or the project could not be made. Then nothing of it is left.";

pub(super) fn init(wanted: Wanted) -> Result<Outcome, String> {
    let runtime = wanted.runtime.unwrap_or_else(|| Runtime::of_this_tool(cargo_home().as_deref()));
    let wish = Wish { runtime, vendor: wanted.vendor, example: wanted.from };
    let folder = wanted.name.unwrap_or_else(|| PathBuf::from("."));
    let begun = if wanted.adopt { init::adopt(&folder, wish)? } else { init::init(&folder, wish)? };
    say(&mut std::io::stdout(), &told(&folder, &begun));
    Ok(Outcome::Good)
}

/// Where cargo keeps what it has installed.
pub(super) fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

fn told(folder: &Path, begun: &Begun) -> String {
    let mut text = String::new();
    let here = folder == Path::new(".");
    let shown = |file: &Path| if here { file.to_owned() } else { folder.join(file) };
    for file in &begun.files {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "created   {}", shown(file).display());
    }
    if begun.changed_manifest {
        let _ = writeln!(text, "added to  {}", shown(Path::new("Cargo.toml")).display());
    }
    text.push_str("and what `cargo saga generate` writes, such as generated/ and k8s/\n\nnext:\n");
    if !here {
        let _ = writeln!(text, "  cd {}", folder.display());
    }
    let run = if here { "cargo run -p local" } else { "cargo run" };
    let _ = writeln!(text, "  {run}    # the whole saga in one process; the first build takes minutes");
    if let Some(begin) = &begun.begin {
        let _ = writeln!(text, "  {begin}");
    }
    text
}
