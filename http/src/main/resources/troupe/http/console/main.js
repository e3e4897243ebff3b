// Starts the page and keeps it up to date.

import { ApiError, get, useToken } from '/console/api.js';
import { createCharts } from '/console/charts.js';
import { startChat } from '/console/chat.js';
import { showCluster, showEvents, showTiles } from '/console/cluster.js';
import { byId } from '/console/elements.js';
import { clock } from '/console/format.js';
import { choose, refresh } from '/console/requests.js';

const PERIOD_MILLIS = 1000;
const MOST_PERIOD_MILLIS = 10_000;

const showCharts = createCharts(byId);
let lastEvent = 0;
let period = PERIOD_MILLIS;
let lastAnswer;
let isLost = false;

function showTab(name) {
  document.querySelector('main').dataset.shown = name;
  for (const button of document.querySelectorAll('[data-tab]')) {
    button.setAttribute('aria-pressed', String(button.dataset.tab === name));
  }
}

function showLink(state, text) {
  const link = byId('link');
  link.dataset.state = state;
  if (link.textContent !== text) link.textContent = text;
}

function showProblem(problem) {
  if (!(problem instanceof ApiError)) console.error(problem); // a fault of this page
  byId('token-form').hidden = problem.status !== 401;
  const notice = byId('notice');
  notice.hidden = problem.status === 401 || problem.status === 0;
  notice.textContent = problem.message;
  isLost = true;
  showLink('lost', lastAnswer ? `no figures since ${clock(lastAnswer)}` : 'no figures');
}

async function update() {
  const [cluster, figures, { events }] = await Promise.all([
    get('/admin/cluster'), get('/admin/figures'), get(`/admin/events?after=${lastEvent}`), refresh(),
  ]);
  showCluster(cluster);
  showTiles(figures);
  showCharts(figures);
  if (isLost) {
    // It may be another process by now, which counts its events anew: the next time all of them are shown.
    byId('events').replaceChildren();
    lastEvent = 0;
    isLost = false;
  } else {
    lastEvent = showEvents(events) ?? lastEvent;
  }
  lastAnswer = Date.now();
  byId('token-form').hidden = true;
  byId('notice').hidden = true;
  showLink('live', 'live');
}

async function run() {
  if (!document.hidden) {
    try {
      await update();
      period = PERIOD_MILLIS;
    } catch (problem) {
      showProblem(problem);
      period = Math.min(2 * period, MOST_PERIOD_MILLIS);
    }
  }
  setTimeout(run, period);
}

for (const button of document.querySelectorAll('[data-tab]')) {
  button.addEventListener('click', () => showTab(button.dataset.tab));
}
byId('token-form').addEventListener('submit', event => {
  event.preventDefault();
  useToken(byId('token').value);
  byId('token').value = '';
  period = PERIOD_MILLIS;
  update().catch(showProblem);
});
startChat(id => {
  showTab('requests');
  choose(id).catch(showProblem);
}, showProblem).catch(showProblem);
run();
