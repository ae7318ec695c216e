//! A service for a test: on a port that the system chooses.

use std::io;

use axum::Router;
use tokio::net::TcpListener;

/// Serves a router on a port that the system chooses, and returns its address. It ends with the runtime.
pub async fn serve(router: Router) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}
