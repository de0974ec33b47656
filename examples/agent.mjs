// An agent in plain JavaScript, for Node 18 or newer, without any packages:
//   node examples/agent.mjs http://127.0.0.1:8000      ($CALLBOARD_TOKEN lets it in)
import { setTimeout as sleep } from "node:timers/promises";
const server = process.argv[2] ?? "http://127.0.0.1:8000", id = "counter.js";
const running = new Map(), ends = new Map(); // by token: what stops it; what is still to be told
let life = "", leaving = false; // life names this program; the server makes it up
async function work(task, signal, progress) { // what this agent can do: count words
  const words = String(task.data ?? task.description).split(/\s+/);
  await progress(0.5, `${words.length} words to count`);
  signal.throwIfAborted();
  return Object.fromEntries(words.map((word) => [word, words.filter((w) => w === word).length]));
}
async function ask(method, path, said) {
  const query = method === "GET" ? `?${new URLSearchParams({ life, ...said })}` : "";
  const token = process.env.CALLBOARD_TOKEN ? { Authorization: `Bearer ${process.env.CALLBOARD_TOKEN}` } : {};
  const headers = { "Content-Type": "application/json", ...token };
  const body = query ? undefined : JSON.stringify(said);
  const answer = await fetch(`${server}/agents/${id}/${path}${query}`, { method, headers, body });
  const heard = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(heard.error), { status: answer.status });
  return heard;
}
async function run(task) {
  const stop = new AbortController(), token = task.token;
  const progress = (fraction, note) => ask("POST", "progress", { token, fraction, note }).catch(() => {});
  running.set(token, stop);
  try {
    ends.set(token, ["complete", { token, result: await work(task, stop.signal, progress) }]);
  } catch ({ name, message, stack }) {
    ends.set(token, stop.signal.aborted ? ["stopped", { token }]
      : ["fail", { token, error: name, text: `${name}: ${message}`, traceback: stack }]);
  }
  for (running.delete(token); ends.has(token); await sleep(500)) { // until it is recorded, or refused
    await ask("POST", ...ends.get(token)).then(() => ends.delete(token),
      (error) => error.status === 409 && ends.delete(token));
  }
}
const halt = (stopped) => stopped.forEach(({ token, reason }) => running.get(token)?.abort(reason));
const leave = () => ask("POST", "unregister", { life, drain: leaving = true }).catch(() => process.exit(1));
process.once("SIGTERM", leave);
for (let pause = 200, left = null, beats; left === null; pause = Math.min(2 * pause, 15_000)) {
  try {
    const me = await ask("POST", "register", { skills: ["word_count"], max_load: 4, life });
    console.log(`${id} is at ${server}`);
    [life, pause] = [me.life, 200];
    beats = setInterval(() => ask("POST", "heartbeat", { life, held: [...running.keys()] })
      .then(({ stop }) => halt(stop), () => {}), 1000 * me.heartbeat);
    for (let found; left === null; left = found.left ?? null) { // each question is a long one
      found = await ask("GET", "assignments", { held: [...running.keys(), ...ends.keys()], wait: 20 });
      halt(found.stop);
      for (const { token } of found.forget) ends.delete(token);
      for (const task of found.assignments) running.has(task.token) || ends.has(task.token) || run(task);
    }
  } catch (error) { // whatever it is, but a token that is refused: the server may come back
    if (leaving && error.status === 404) break; // it has left between two questions
    if ([401, 403].includes(error.status)) throw error;
    console.error(`${error.message}; trying again`);
    await sleep(pause * (0.5 + Math.random() / 2));
  } finally { clearInterval(beats); }
}
