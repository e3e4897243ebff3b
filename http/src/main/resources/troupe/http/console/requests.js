// The latest requests, and the waterfall of the one that is chosen.

import { get } from '/console/api.js';
import { byId, element, onChange } from '/console/elements.js';
import { clock, millis, percent, whole } from '/console/format.js';

let chosen;

function outcome(request) {
  if (request.open) return 'open';
  return request.finish_reason || String(request.status);
}

const COLUMNS = ['Received', 'Model', 'In', 'Out', 'TTFT', 'Total', 'End'];
const NUMBERS = new Set(['In', 'Out', 'TTFT', 'Total']);

const showTable = onChange(byId('requests'), ({ requests }) => {
  if (requests.length === 0) return [element('p', 'empty', 'None yet. Send one in the chat, or with curl.')];
  const head = element('tr', '', ...COLUMNS.map(title => element('th', NUMBERS.has(title) ? 'number' : '', title)));
  const body = element('tbody');
  for (const request of requests) {
    const open = element('button', 'plain', clock(request.received_at));
    open.type = 'button';
    open.dataset.key = request.id;
    open.title = `waterfall of ${request.id}`;
    open.addEventListener('click', () => choose(request.id));
    const isBad = !request.open && (request.status >= 400 || !['stop', 'length'].includes(request.finish_reason));
    body.append(element(
      'tr', request.id === chosen ? 'chosen' : '',
      element('td', '', open),
      element('td', 'name', request.model),
      element('td', 'number', whole(request.prompt_tokens)),
      element('td', 'number', whole(request.output_tokens)),
      element('td', 'number', millis(request.first_token_ms)),
      element('td', 'number', millis(request.ended_ms)),
      element('td', isBad ? 'reason' : '', outcome(request))));
  }
  return [element('table', '', element('thead', '', head), body)];
});

function pair(title, value, isWide) {
  return [element('dt', '', title), element('dd', isWide ? 'wide' : '', value)];
}

function facts(request) {
  const hit = request.prompt_tokens === 0 ? '' : ` (${percent(request.cached_tokens / request.prompt_tokens)})`;
  const list = element(
    'dl', 'pairs',
    ...pair('Model', request.model),
    ...pair('End', request.open ? 'open' : `${outcome(request)}, ${request.status}`),
    ...pair('Prompt', `${whole(request.prompt_tokens)} tokens`),
    ...pair('Cached', `${whole(request.cached_tokens)}${hit}`),
    ...pair('Output', `${whole(request.output_tokens)} tokens`),
    ...pair('First token', millis(request.first_token_ms)));
  if (request.client_request_id) list.append(...pair('Client id', request.client_request_id, true));
  if (request.trace_id) list.append(...pair('Trace', element('code', '', request.trace_id), true));
  return list;
}

/** below: a line of text under the lane; may be empty. */
function lane(title, note, end, segments, below = '') {
  const track = element('div', 'lane-track');
  for (const { from, to, kind, text } of segments) {
    if (from === null || from === undefined || to === null || to === undefined || to < from) continue;
    const segment = element('span', `segment ${kind}`);
    segment.style.left = `${from / end * 100}%`;
    segment.style.width = `${(to - from) / end * 100}%`;
    segment.title = `${text}: ${millis(to - from)}`;
    track.append(segment);
  }
  return element('div', 'lane', element('div', 'lane-head', element('span', '', title), element('span', '', note)), track, ...(below ? [element('div', 'lane-why', below)] : []));
}

/** previous: the attempt that was lost before, if there is one; isOne: the request has one choice. */
function attemptLane(attempt, previous, end, isOpen, isOne) {
  const now = isOpen ? end : attempt.ended_ms;
  const queued = attempt.prefill_begin_ms ?? now;
  const prefilled = attempt.first_token_ms ?? now;
  const segments = [
    { from: attempt.submitted_ms, to: queued, kind: 'wait', text: 'queue' },
    { from: attempt.prefill_begin_ms, to: prefilled, kind: 'prefill', text: 'prefill' },
    { from: attempt.first_token_ms, to: attempt.last_token_ms, kind: 'decode', text: 'decode' },
  ];
  if (previous) {
    segments.push({ from: previous.ended_ms, to: attempt.submitted_ms, kind: 'lost', text: 'waited for a worker' });
  }
  if (attempt.outcome === 'lost') {
    segments.push({ from: attempt.last_token_ms ?? attempt.submitted_ms, to: attempt.ended_ms, kind: 'lost', text: 'worker lost' });
  }
  const name = attempt.worker + (isOne ? '' : ` · choice ${attempt.choice}`) + (attempt.attempt > 0 ? ` · attempt ${attempt.attempt + 1}` : '');
  const note = `${whole(attempt.output_tokens)} tokens, ${whole(attempt.cached_tokens)} cached, ${attempt.outcome}`;
  return lane(name, note, end, segments, route(attempt));
}

/** Why the attempt went where it went: what the gateway expected, beside what came of it. */
function route({ route: expected, submitted_ms: submitted, first_token_ms: first }) {
  if (!expected) return '';
  const took = first === null || first === undefined ? '' : ` (took ${millis(first - submitted)})`;
  const estimate = expected.estimated_ms > 0
    ? `, ${whole(expected.expected_cached_tokens)} cached and ${millis(expected.estimated_ms)} to the first token expected${took}` : '';
  return `routed by ${expected.policy}${estimate}`;
}

const LEGEND = [
  ['prepare', 'read, tokenize, hand over'], ['wait', 'queue'], ['prefill', 'prefill'], ['decode', 'decode'], ['lost', 'no worker'],
];

const showWaterfall = onChange(byId('waterfall'), request => {
  const end = Math.max(request.ended_ms ?? Date.now() - request.received_at, 0.001);
  const close = element('button', 'plain', 'close');
  close.type = 'button';
  close.dataset.key = 'close';
  close.addEventListener('click', () => choose(undefined));
  const title = element('h3', '', element('span', '', 'Waterfall ', element('code', '', request.id)), close);
  const axis = element('div', 'axis', ...[0, 0.25, 0.5, 0.75, 1].map(share => element('span', '', share === 0 ? '0' : millis(end * share))));
  const parts = [title, facts(request), axis];
  parts.push(lane('received', millis(request.accepted_ms ?? request.ended_ms), end, [
    { from: 0, to: request.parsed_ms, kind: 'prepare', text: 'read and checked' },
    { from: request.parsed_ms, to: request.tokenized_ms, kind: 'prepare', text: 'tokenized' },
    { from: request.tokenized_ms, to: request.accepted_ms, kind: 'wait', text: 'waits for a worker' },
  ]));
  const isOne = request.attempts.every(attempt => attempt.choice === 0);
  const latest = new Map();
  for (const attempt of request.attempts) {
    parts.push(attemptLane(attempt, latest.get(attempt.choice), end, request.open, isOne));
    latest.set(attempt.choice, attempt);
  }
  if (request.attempts_left_out > 0) parts.push(element('p', 'empty', `and ${request.attempts_left_out} further attempts`));
  parts.push(element('div', 'legend', ...LEGEND.map(([kind, text]) => element('span', '', element('i', `segment ${kind}`), text))));
  return parts;
});

/** Shows the waterfall of a request, or none. */
export async function choose(id) {
  chosen = id;
  byId('waterfall').hidden = id === undefined;
  await refresh();
}

export async function refresh() {
  const { requests } = await get('/admin/requests');
  showTable({ requests, chosen });
  if (chosen === undefined) return;
  const id = chosen;
  try {
    const waterfall = await get(`/admin/requests/${encodeURIComponent(id)}`);
    if (id === chosen) showWaterfall({ ...waterfall, now: waterfall.open ? Date.now() : 0 });
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    chosen = undefined;
    byId('waterfall').hidden = true;
  }
}
