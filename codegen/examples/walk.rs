#![allow(missing_docs, clippy::unwrap_used)]
use codegen::prove::{
    explore,
    walk::{Limits, Orders},
};
fn main() {
    for path in std::env::args().skip(1) {
        let source = codegen::source::Source::read(path.as_ref()).unwrap();
        let checked = match codegen::spec::Spec::parse(&source).and_then(codegen::check::check) {
            Ok(c) => c,
            Err(e) => {
                println!("{}", codegen::diagnostic::render(&e, &source, codegen::diagnostic::Colour::Never));
                continue;
            }
        };
        if std::env::var("DIFF").is_ok() {
            let a = explore(&checked.spec, Orders::One, Limits::default()).unwrap();
            let b = explore(&checked.spec, Orders::Every, Limits::default()).unwrap();
            let ends: std::collections::HashSet<&[u8]> =
                a.walk.ends.iter().map(|e| a.walk.bytes_of(*e as usize)).collect();
            for e in &b.walk.ends {
                let bytes = b.walk.bytes_of(*e as usize);
                if !ends.contains(bytes) {
                    println!("missing {bytes:?}");
                    let mut st = b.mapped.flow.unbegun();
                    st.copy_from(bytes);
                    for (i, s) in b.mapped.steps.iter().enumerate() {
                        println!(
                            "   {} {:?} {:?} unknown {}",
                            checked.spec.step(*s).name,
                            b.mapped.flow.mode(&st, i),
                            b.mapped.flow.compensated(&st, i),
                            b.mapped.flow.is_unknown(&st, i)
                        );
                    }
                    let mut st = b.mapped.flow.unbegun();
                    for (act, ch) in b.walk.way_to(*e) {
                        let mut n = vec![];
                        codegen::prove::walk::repeat(&b.mapped.flow, &mut st, act, &ch, &mut n);
                        println!("      {act:?} {n:?}");
                    }
                    break;
                }
            }
        }
        if std::env::var("STORY").is_ok() {
            let a = explore(&checked.spec, Orders::One, Limits::default()).unwrap();
            for (flaw, end) in &a.flaws {
                println!("{flaw:?}");
                let mut st = a.mapped.flow.unbegun();
                for (act, ch) in a.walk.way_to(*end) {
                    let mut n = vec![];
                    codegen::prove::walk::repeat(&a.mapped.flow, &mut st, act, &ch, &mut n);
                    let nm = |i: usize| checked.spec.step(a.mapped.steps[i]).name.to_string();
                    println!("      {act:?} {n:?}");
                    let _ = nm;
                }
                for (i, s) in a.mapped.steps.iter().enumerate() {
                    println!(
                        "   {i} {} {:?} {:?}",
                        checked.spec.step(*s).name,
                        a.mapped.flow.mode(&st, i),
                        a.mapped.flow.compensated(&st, i)
                    );
                }
            }
        }
        for orders in
            if std::env::var("ONE").is_ok() { vec![Orders::One] } else { vec![Orders::One, Orders::Every] }
        {
            let t = std::time::Instant::now();
            match explore(&checked.spec, orders, Limits::default()) {
                Ok(e) => println!(
                    "{path} {orders:?}: {} states {} acts, {} ends, {} done {} failed, {:?}, {:?}",
                    e.walk.states(),
                    e.walk.acts,
                    e.walk.ends.len(),
                    e.done,
                    e.failed,
                    e.flaws.iter().map(|(f, _)| f).collect::<Vec<_>>(),
                    t.elapsed()
                ),
                Err(e) => println!("{path} {orders:?}: too large {e:?} {:?}", t.elapsed()),
            }
        }
    }
}
