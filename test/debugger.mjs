/**
 * A debugger's side of test/debugging.test.ts: attaches to a kernel's thread, sets a breakpoint by a line of the
 * TypeScript source, lets the kernel boot, and prints where it stopped and the locals there. Run with
 * --experimental-websocket.
 *
 *   node --experimental-websocket test/debugger.mjs PORT BUNDLE SOURCE TEXT
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename } from 'node:path';

const [port, bundle, source, text] = process.argv.slice(2);

/** The first generated position of the first line of `source` that contains `text`. */
function findLocation() {
  const payload = JSON.parse(readFileSync(`${bundle}.map`, 'utf8'));
  const index = payload.sources.findIndex(name => name.endsWith(source));
  const line = payload.sourcesContent[index].split('\n').findIndex(content => content.includes(text));
  const generated = readFileSync(bundle, 'utf8').split('\n');
  const map = new SourceMap(payload);
  for (let i = 0; i < generated.length; i++) {
    const entry = map.findEntry(i, generated[i].length - 1);
    if (entry.originalSource?.endsWith(source) && entry.originalLine === line)
      return { line: i, original: line + 1 };
  }
  throw new Error(`no code for ${source}:${line + 1}`);
}

async function target() {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      const [first] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      return first.webSocketDebuggerUrl;
    } catch {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
  throw new Error('nobody listens');
}

const location = findLocation();
const socket = new WebSocket(await target());
await new Promise(resolve => (socket.onopen = resolve));
let nextId = 1;
const replies = new Map();
let onPaused;
const paused = new Promise(resolve => (onPaused = resolve));
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.id) replies.get(message.id)(message.result ?? message.error);
  else if (message.method === 'Debugger.paused') onPaused(message.params);
};
function send(method, params = {}) {
  const id = nextId++;
  socket.send(JSON.stringify({ id, method, params }));
  return new Promise(resolve => replies.set(id, resolve));
}
await send('Runtime.enable');
await send('Debugger.enable');
await send('Debugger.setBreakpointByUrl', {
  lineNumber: location.line,
  urlRegex: `.*${basename(bundle).replaceAll('.', '\\.')}$`,
});
await send('Runtime.runIfWaitingForDebugger');
const { callFrames } = await paused;
const [frame] = callFrames;
const scope = frame.scopeChain.find(({ type }) => type === 'local');
const { result: locals } = await send('Runtime.getProperties', { objectId: scope.object.objectId });
const evaluated = await send('Debugger.evaluateOnCallFrame', {
  callFrameId: frame.callFrameId,
  expression: 'task.comm',
});
console.log(
  JSON.stringify({
    function: frame.functionName,
    line: location.original,
    locals: locals.map(({ name }) => name).sort(),
    comm: evaluated.result.value,
    stack: callFrames.map(({ functionName }) => functionName),
  }),
);
await send('Debugger.disable');
socket.close();
