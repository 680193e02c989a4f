#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sunrpc_fuzz_targets::dynamic::run(data));
