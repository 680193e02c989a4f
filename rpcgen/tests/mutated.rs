//! Files that were cut, spliced and altered at random: whatever comes of them, it comes soon and without a panic, and
//! where it is Rust, it is Rust that parses.

use std::path::Path;
use std::time::{Duration, Instant};

use sunrpc_rpcgen::Builder;

/// A generator of numbers that starts where it is told (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let idl = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idl");
    let mut files = Vec::new();
    for folder in ["", "dialect", "bad", "../rpcgen/tests/options"] {
        let entries = std::fs::read_dir(idl.join(folder)).expect("the folder is there");
        files.extend(entries.map(|entry| entry.expect("it can be read").path()));
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "x"));
    files.sort();
    files.iter().map(|path| std::fs::read(path).expect("it can be read")).collect()
}

/// Words that turn one thing into another.
const WORDS: &[&str] = &[
    "struct ",
    "union ",
    "switch",
    "enum ",
    "typedef ",
    "program ",
    "version ",
    "case 1:",
    "default:",
    "void",
    "{",
    "}",
    ";",
    "<",
    ">",
    "[",
    "]",
    "(",
    ")",
    "*",
    "-1",
    "0",
    "4294967295",
    "18446744073709551616",
    "#include \"",
    "#define A A B\n",
    "\n#define P(a, b) a ## b P(#a, A)\n",
    "P(A, B)",
    "\n#if ",
    "\n#endif\n",
    "\n#else\n",
    "\n%",
    "/*",
    "*/",
    "//",
    "\"",
    "'",
    "\\\n",
    "opaque",
    "string",
    "A",
    "B",
    ",",
    "=",
    ":",
    "\u{feff}",
    "\u{e9}",
    "\0",
];

fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut text = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let (a, b) = (random.below(text.len() + 1), random.below(text.len() + 1));
        let (start, end) = (a.min(b), a.max(b));
        match random.below(7) {
            0 => text.truncate(start),
            1 => drop(text.drain(start..end)),
            2 => text.extend_from_within(start..end),
            3 if !text.is_empty() => {
                let at = random.below(text.len());
                text[at] ^= 1 << random.below(8);
            }
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                text.splice(start..end, other[from..].iter().copied());
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                text.splice(start..start, word.bytes());
            }
        }
    }
    text
}

/// How many files to try; more by `RPCGEN_MUTATIONS`.
fn count() -> u64 {
    std::env::var("RPCGEN_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(2000)
}

#[test]
fn neither_panic_nor_hang() {
    let seeds = seeds();
    let plain = Builder::new();
    let borrowed = Builder::new().borrow(".").shared_bytes(".");
    for seed in 0..count() {
        let text = mutate(&mut Random(seed), &seeds);
        let start = Instant::now();
        let length = text.len();
        let builder = if seed % 3 == 0 { &borrowed } else { &plain };
        let rust = builder.generate_text("mutated.x", text);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(5), "seed {seed}: {length} bytes took {took:?}");
        // Parsing Rust takes longer than all the rest.
        if let Ok(rust) = rust
            && seed % 8 == 0
        {
            let parsed = syn::parse_file(&rust);
            assert!(parsed.is_ok(), "seed {seed}: {:?}\n{rust}", parsed.err());
        }
    }
}

/// Files made to be expensive: long chains and many names must cost in proportion.
#[test]
fn chains_and_crowds_are_cheap() {
    let many = 10_000;
    let lines = |line: &dyn Fn(usize) -> String| (0..many).map(line).collect::<String>();
    let files = [
        (
            "typedefs",
            "typedef int t0;\n".to_owned() + &lines(&|i| format!("typedef t{i} t{};\n", i + 1)),
        ),
        (
            "typedefs backwards",
            lines(&|i| format!("typedef t{} t{i};\n", i + 1)) + &format!("typedef int t{many};\n"),
        ),
        (
            "constants",
            lines(&|i| format!("const C{i} = C{} + 1;\n", i + 1))
                + &format!("const C{many} = 1;\n"),
        ),
        (
            "structs",
            lines(&|i| format!("struct s{i} {{ s{} x; }};\n", i + 1))
                + &format!("struct s{many} {{ int x; }};\n"),
        ),
        (
            "pointers",
            lines(&|i| {
                format!("struct s{i} {{ s{} *x; s{} *y; }};\n", (i + 1) % many, (i * 7) % many)
            }),
        ),
        ("unknown", lines(&|i| format!("typedef some_type_{i} known_type_{i};\n"))),
        (
            "same names",
            lines(&|i| {
                format!(
                    "struct a_{} {{ int x; }};\n",
                    "_".repeat(i % 50) + &"x".repeat(i / 50 % 50)
                )
            }),
        ),
        ("errors", lines(&|_| "struct { ; } x = ;\n".to_owned())),
        ("braces", "{".repeat(many)),
        ("no braces", lines(&|_| " struct s x;\n".to_owned())),
        ("parentheses", format!("const A = {};", "(".repeat(many))),
        ("minus signs", format!("const A = {}1;", "-".repeat(many))),
        ("sum", format!("const A = 1{};", " + 1".repeat(many))),
        ("conditions", "#if 1\n".repeat(many)),
        ("comments", lines(&|i| format!("// comment {i}\n")) + "struct s { int x; };"),
        (
            "one line",
            format!("enum e {{ {} }};", (0..many).map(|i| format!("M{i}, ")).collect::<String>()),
        ),
        (
            "members",
            format!(
                "struct s {{ {} }};",
                (0..many).map(|i| format!("int m{i}; ")).collect::<String>()
            ),
        ),
        ("macros", lines(&|i| format!("#define M{i} M{}\n", i + 1)) + "const A = M0;"),
        (
            "pasted macros",
            lines(&|i| format!("#define M{i}(x) M{}(x ## x)\n", i + 1)) + "const A = M0(ab);",
        ),
        (
            "texts of texts",
            lines(&|i| format!("#define M{i}(x) M{}(#x)\n", i + 1)) + "const A = M0(\"\");",
        ),
        (
            "calls within calls",
            format!("#define F(x) x x\nconst A = {}1{};", "F(".repeat(many), ")".repeat(many)),
        ),
        (
            "calls of nothing within calls",
            format!(
                "#define F(x)\n#define G(x) F(x) x F(x)\nconst A = {}{};",
                "G(".repeat(many),
                ")".repeat(many)
            ),
        ),
        (
            "labels",
            format!(
                "union u switch (int x) {{ {} void; }};",
                (0..many).map(|i| format!("case {i}: ")).collect::<String>()
            ),
        ),
    ];
    for (name, text) in files {
        let start = Instant::now();
        let _ = Builder::new().generate_text("crowd.x", text);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(10), "{name} took {took:?}");
        if std::env::var_os("RPCGEN_TIMES").is_some() {
            println!("{name}: {took:?}");
        }
    }
}
