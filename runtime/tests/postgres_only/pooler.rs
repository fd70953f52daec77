//! A pooler in transaction mode: two clients share one connection to the server.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use saga_runtime::store::{PostgresStore, Store as _};

use crate::OnPostgres;
use crate::store_suite::{Fixture as _, incompatible, tables};

/// A message of the protocol: its kind, and the rest with the length in front.
async fn message(from: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let kind = from.read_u8().await?;
    Ok((kind, rest(from).await?))
}

async fn rest(from: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let mut rest = length.to_be_bytes().to_vec();
    rest.resize(length as usize, 0);
    from.read_exact(&mut rest[4..]).await?;
    Ok(rest)
}

async fn pass(to: &mut TcpStream, (kind, rest): (u8, Vec<u8>)) -> std::io::Result<()> {
    to.write_all(&[&[kind], rest.as_slice()].concat()).await
}

/// Hands what the server answers to a client, until the server is ready again, or asks for a password.
async fn answers(client: &mut TcpStream, server: &mut TcpStream) -> std::io::Result<u8> {
    loop {
        let answer = message(server).await?;
        let (kind, request) = (answer.0, answer.1.get(4..8).map(<[u8]>::to_vec));
        pass(client, answer).await?;
        if kind == b'Z'
            || (kind == b'R' && ![Some(vec![0, 0, 0, 0]), Some(vec![0, 0, 0, 12])].contains(&request))
        {
            return Ok(kind);
        }
    }
}

/// The first client opens the connection to the server.
async fn open(mut client: TcpStream, server: &mut TcpStream) -> std::io::Result<TcpStream> {
    let startup = rest(&mut client).await?;
    server.write_all(&startup).await?;
    while answers(&mut client, server).await? != b'Z' {
        let password = message(&mut client).await?;
        pass(server, password).await?;
    }
    Ok(client)
}

/// Every other client is let in, and shares it.
async fn let_in(mut client: TcpStream) -> std::io::Result<TcpStream> {
    rest(&mut client).await?;
    client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 0, b'Z', 0, 0, 0, 5, b'I']).await?;
    Ok(client)
}

async fn serve(mut client: TcpStream, server: Arc<Mutex<TcpStream>>) -> std::io::Result<()> {
    loop {
        let query = message(&mut client).await?;
        if query.0 == b'X' {
            return Ok(());
        }
        let mut server = server.lock().await;
        pass(&mut server, query).await?;
        answers(&mut client, &mut server).await?;
    }
}

async fn pool(listener: TcpListener, server: String) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let first = open(listener.accept().await?.0, &mut server).await?;
    let server = Arc::new(Mutex::new(server));
    tokio::spawn(serve(first, Arc::clone(&server)));
    loop {
        let client = let_in(listener.accept().await?.0).await?;
        tokio::spawn(serve(client, Arc::clone(&server)));
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused() {
    let fixture = OnPostgres::create().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (user, place) = fixture.url.rsplit_once('@').expect("a URL with a user");
    let (server, database) = place.split_once('/').expect("a URL with a database");
    let pooler = tokio::spawn(pool(listener, server.to_owned()));
    let store = PostgresStore::open(&format!("{user}@{address}/{database}")).expect("a URL");
    let message = incompatible(store.prepare("shop", "order", &tables()).await);
    assert!(message.contains("pool_mode = session"), "{message}");
    pooler.abort();
    fixture.destroy().await;
}
