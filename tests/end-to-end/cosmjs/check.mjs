// What a user of CosmJS does, over HTTP and over WebSocket, with the library as it comes from npm.
// Usage: node check.mjs RPC_URL, for example http://127.0.0.1:26657. Exits with 0 and prints "ok", or fails with the reason.
import assert from "node:assert/strict";
import { Comet38Client } from "@cosmjs/tendermint-rpc";

const [httpUrl] = process.argv.slice(2);
const webSocketUrl = httpUrl.replace(/^http/, "ws");
setTimeout(() => {
  console.error("no end after 60 s");
  process.exit(1);
}, 60_000);

await check("http", httpUrl);
await check("websocket", webSocketUrl);
await subscribe(webSocketUrl);
console.log("ok");
// The library opens a WebSocket again that it was told to close, and would keep the process alive.
process.exit(0);

// Submits, waits, finds: by hash, by search, in its block, and what it stored.
async function check(name, url) {
  const client = await Comet38Client.connect(url);
  await client.health();
  const status = await client.status();
  assert.equal(status.syncInfo.catchingUp, false);
  assert.equal((await client.genesis()).chainId, status.nodeInfo.network);
  assert.equal((await client.validatorsAll()).validators.length, 4);
  assert.ok((await client.abciInfo()).lastBlockHeight > 0);
  assert.ok((await client.numUnconfirmedTxs()).total >= 0);

  const first = bytes(`cosmjs-${name}=first`);
  const sync = await client.broadcastTxSync({ tx: first });
  assert.equal(sync.code, 0);
  const found = await eventually(() => client.tx({ hash: sync.hash }));
  assert.deepEqual(found.tx, first);
  assert.equal(found.result.code, 0);

  const tx = bytes(`cosmjs-${name}=second`);
  const committed = await client.broadcastTxCommit({ tx });
  assert.equal(committed.checkTx.code, 0);
  assert.equal(committed.txResult.code, 0);
  assert.ok(committed.height >= found.height);
  const block = await client.block(committed.height);
  assert.equal(block.block.header.height, committed.height);
  assert.ok(block.block.txs.some((other) => Buffer.from(other).equals(Buffer.from(tx))));
  const results = await client.blockResults(committed.height);
  assert.equal(results.results.length, block.block.txs.length);
  assert.equal((await client.commit(committed.height)).header.height, committed.height);
  assert.equal((await client.blockchain(committed.height, committed.height)).blockMetas.length, 1);
  const search = await client.txSearchAll({ query: `tx.hash='${hex(committed.hash)}'` });
  assert.deepEqual(search.txs.map((result) => result.height), [committed.height]);

  const query = await client.abciQuery({ path: "/store", data: bytes(`cosmjs-${name}`) });
  assert.equal(Buffer.from(query.value).toString(), "second");
  client.disconnect();
}

// Blocks come in order, and a transaction is reported once it is committed.
async function subscribe(url) {
  const client = await Comet38Client.connect(url);
  const heights = [];
  const blocks = collect(client.subscribeNewBlock(), (event) => heights.push(event.header.height) === 3);
  await blocks;
  assert.deepEqual(heights, [heights[0], heights[0] + 1, heights[0] + 2]);

  const tx = bytes("cosmjs-subscribed=1");
  const seen = collect(client.subscribeTx(), (event) => Buffer.from(event.tx).equals(Buffer.from(tx)));
  const committed = await client.broadcastTxCommit({ tx });
  assert.equal((await seen).height, committed.height);
  client.disconnect();
}

// The first event that satisfies the condition.
function collect(stream, condition) {
  return new Promise((resolve, reject) => {
    const subscription = stream.subscribe({
      next: (event) => {
        if (!condition(event)) return;
        subscription.unsubscribe();
        resolve(event);
      },
      error: reject,
    });
  });
}

async function eventually(attempt) {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function bytes(text) {
  return new Uint8Array(Buffer.from(text));
}

function hex(data) {
  return Buffer.from(data).toString("hex").toUpperCase();
}
