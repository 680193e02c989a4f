//! Makes the stubs of a service with one empty call. Described here: a `.proto` file would need `protoc`.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let null = Method::builder()
        .name("null")
        .route_name("Null")
        .input_type("crate::Empty")
        .output_type("crate::Empty")
        .codec_path("tonic_prost::ProstCodec")
        .build();
    let echo = Service::builder().name("Echo").package("bench").method(null).build();
    Builder::new().compile(&[echo]);
}
