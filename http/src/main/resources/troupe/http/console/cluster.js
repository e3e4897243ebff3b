// The cluster: figures, nodes with their replicas, deployments, events.

import { byId, element, meter, onChange, table } from '/console/elements.js';
import { bytes, clock, percent, short, whole } from '/console/format.js';

const MOST_EVENTS = 200;

function tile(title, value, unit, ...under) {
  const number = element('dd', '', value);
  if (unit) number.append(' ', element('small', '', unit));
  const made = element('div', 'tile', element('dt', '', title), number);
  for (const line of under) made.append(element('div', 'under', line));
  return made;
}

function latency(title, figures) {
  return figures.count === 0
    ? tile(title, '–', '', 'none in this minute')
    : tile(title, short(figures.p50), 'ms', `p95 ${short(figures.p95)}`, `p99 ${short(figures.p99)}`);
}

export const showTiles = onChange(byId('tiles'), figures => {
  const kv = figures.kv_blocks_total === 0 ? 0 : figures.kv_blocks_used / figures.kv_blocks_total;
  const hits = figures.prompt_tokens === 0 ? null : figures.cached_tokens / figures.prompt_tokens;
  return [
    tile('Output', short(figures.output_tokens_per_second), 'tok/s', `over ${figures.rate_seconds} s`),
    latency('TTFT p50', figures.time_to_first_token_ms),
    latency('ITL p50', figures.inter_token_latency_ms),
    tile('Running', whole(figures.running), '', `${whole(figures.waiting)} waiting`),
    tile('KV in use', percent(kv), '', `${whole(figures.kv_blocks_used)} of ${whole(figures.kv_blocks_total)}`, 'blocks'),
    tile('Cache hits', hits === null ? '–' : percent(hits), '', `${whole(figures.cached_tokens)} of ${whole(figures.prompt_tokens)}`, 'prompt tokens'),
  ];
});

function status(word) {
  return element('span', `status ${word}`, word);
}

/** Most open sequences seen on each node since it began to drain. */
const drains = new Map();

function drain(node) {
  if (node.status !== 'draining') {
    drains.delete(node.name);
    return [];
  }
  const open = node.replicas.reduce((sum, replica) => sum + replica.running + replica.waiting, 0);
  const most = Math.max(open, drains.get(node.name) ?? 0);
  drains.set(node.name, most);
  const done = most === 0 ? 1 : 1 - open / most;
  return [element('div', 'drain', meter(done, 'warm'), `draining: ${open} of ${most} sequences left`)];
}

/** Of a worker called MODEL@NODE/LIFE-NUMBER, what its own row and its node's head do not say already. */
function shortName(of, node) {
  const known = `${of.model}@${node.name}/`;
  return of.name.startsWith(known) ? of.name.slice(known.length) : of.name;
}

/** What the replica measures of its own steps; gateways estimate by it. */
function speed(of) {
  if (of === null) return '';
  const cell = element('span', '', of.prefill_token_ms === 0 ? '' : short(1000 / of.prefill_token_ms));
  cell.title = `A step takes ${of.step_ms.toFixed(2)} ms, ${of.prefill_token_ms.toFixed(3)} ms more for each prompt token`
    + ` and ${of.decode_token_ms.toFixed(3)} ms for each sequence that decodes.`;
  return cell;
}

function replica(of, node) {
  const name = element('span', '', shortName(of, node));
  name.title = of.name;
  const kv = of.kv_blocks_total === 0 ? 0 : of.kv_blocks_used / of.kv_blocks_total;
  const cells = [
    name,
    of.model,
    status(of.status),
    whole(of.running),
    whole(of.waiting),
    short(of.tokens_per_second),
    element('span', '', meter(kv), percent(kv)),
    percent(of.cache_hit_rate),
    speed(of.speed),
  ];
  return { cells, note: of.message };
}

const REPLICA_COLUMNS = [
  { title: 'Replica', className: 'name' },
  { title: 'Model', className: 'name' },
  { title: 'Status' },
  { title: 'Running', number: true },
  { title: 'Waiting', number: true },
  { title: 'tok/s', number: true },
  { title: 'KV', number: true },
  { title: 'Hits', number: true },
  { title: 'Prefill tok/s', number: true },
];

function device(of) {
  const cores = of.cores > 0 ? `, ${of.cores} threads` : '';
  return `${of.kind}${cores}, ${bytes(of.reserved_bytes)} of ${bytes(of.memory_bytes)} reserved`;
}

function node(of) {
  const head = element(
    'div', 'node-head',
    element('strong', '', of.name),
    status(of.status),
    element('span', 'facts', of.roles.join(', ')),
    ...(of.address === of.name ? [] : [element('span', 'facts mono', of.address)]),
    element('span', 'facts', `release ${of.release}, protocol ${of.protocol}`),
    ...of.devices.map(each => element('span', 'facts', device(each))));
  const parts = [head, ...drain(of)];
  if (of.replicas.length > 0) parts.push(element('div', 'replicas', table(REPLICA_COLUMNS, of.replicas.map(each => replica(each, of)))));
  return element('div', 'node', ...parts);
}

const showNodes = onChange(byId('nodes'), nodes => nodes.map(node));

const showDeployments = onChange(byId('deployments'), deployments => {
  if (deployments.length === 0) return [element('p', 'empty', 'None yet.')];
  return [table(
    [
      { title: 'Model', className: 'name' },
      { title: 'Replicas ready', number: true },
      { title: 'KV memory each', number: true },
      { title: 'Checksum', number: true },
    ],
    deployments.map(each => ({
      cells: [
        each.model,
        `${each.ready} of ${each.replicas}`,
        each.kv_memory_bytes === 0 ? 'by node' : bytes(each.kv_memory_bytes),
        element('code', '', each.checksum.slice(0, 12)),
      ],
      note: each.message,
    })))];
});

const showRouting = onChange(byId('routing'), routing => [
  `This gateway routes by ${routing.policy}`,
  routing.index_max_entries === 0
    ? '.' : `; it knows of ${whole(routing.index_blocks)} cached blocks on the workers, in ${bytes(routing.index_bytes)}`
      + ` (${whole(routing.index_entries)} of ${whole(routing.index_max_entries)} entries`
      + `${routing.index_refused > 0 ? `, ${whole(routing.index_refused)} left out` : ''}).`,
]);

export function showCluster(cluster) {
  byId('node').textContent = `${cluster.node} · ${cluster.deployments.map(each => each.model).join(', ')}`;
  byId('nodes-count').textContent = `${cluster.nodes.length}`;
  showNodes(cluster.nodes);
  showDeployments(cluster.deployments);
  showRouting(cluster.routing);
}

/** Adds events, oldest first, above the ones that are there; gives the number of the last one. */
export function showEvents(events) {
  const list = byId('events');
  for (const event of events) {
    const time = element('time', '', clock(event.at));
    time.dateTime = new Date(event.at).toISOString();
    list.prepend(element('li', '', time, element('span', `kind ${event.kind}`, event.kind), element('span', '', element('b', '', event.subject), ' ', event.text)));
  }
  while (list.children.length > MOST_EVENTS) list.lastChild.remove();
  return events.at(-1)?.number;
}

