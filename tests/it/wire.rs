//! What each kind of provider is sent, and what is made of what comes back.

mod anthropic_wire;
mod azure_wire;
#[cfg(feature = "bedrock-sigv4")]
mod bedrock_credentials;
#[cfg(feature = "bedrock-sigv4")]
mod bedrock_signed;
mod bedrock_stream;
mod beside_text;
mod beside_the_end;
mod cloud_wires;
mod content_types;
mod every_provider;
mod filter_results;
mod gateway_errors;
mod gemini_wire;
mod headers;
mod live_local_model;
mod many_keys;
mod models_command;
mod ollama_wire;
mod openai_compatible;
mod openai_wire;
mod own_certificate;
mod own_command;
mod own_endpoint;
mod own_function;
mod own_shape;
mod own_shape_contradictions;
mod own_shape_kinds;
mod own_shape_mistakes;
mod own_shape_unsent;
mod own_shape_ways;
mod reaching;
mod real_servers;
mod remarks;
mod response_finish;
mod response_shapes;
mod responses_wire;
mod said_twice;
mod stream_faults;
mod stream_reports;
mod stream_shapes;
mod streams;
mod who_answered;
