// A conversation with the model, streamed.

import { get, streamChat, useKey } from '/console/api.js';
import { byId, element } from '/console/elements.js';
import { millis, short, whole } from '/console/format.js';

const messages = byId('messages');
const prompt = byId('prompt');
const send = byId('send');

/** What the model is sent. */
let conversation = [];
let running;

function keepAtEnd(change) {
  const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
  change();
  if (isAtEnd) messages.scrollTop = messages.scrollHeight;
}

function bubble(role, text) {
  const body = element('div', 'body', text);
  const made = element('div', `message ${role}`, body);
  messages.append(made);
  messages.scrollTop = messages.scrollHeight;
  return { made, body };
}

function footer(answer, onShow) {
  const seconds = (answer.last - answer.first) / 1000;
  const rate = answer.tokens > 1 && seconds > 0 ? ` · ${short((answer.tokens - 1) / seconds)} tok/s` : '';
  const show = element('button', 'plain', 'waterfall');
  show.type = 'button';
  show.addEventListener('click', () => onShow(answer.id));
  const first = answer.first === undefined ? '' : `first token ${millis(answer.first - answer.begin)} · `;
  return element('div', 'under', `${first}${whole(answer.tokens)} tokens${rate} · `, show);
}

async function ask(text, onShow) {
  conversation.push({ role: 'user', content: text });
  bubble('user', text);
  const { made, body } = bubble('assistant', '');
  made.classList.add('streaming');
  const shown = document.createTextNode('');
  body.append(shown);
  const answer = { begin: performance.now(), first: undefined, last: undefined, tokens: 0, id: '' };
  running = new AbortController();
  send.textContent = 'Stop';
  const request = {
    model: byId('model')?.value,
    stream: true,
    stream_options: { include_usage: true },
    temperature: Number(byId('temperature').value),
    max_tokens: Number(byId('max-tokens').value),
    messages: conversation,
  };
  try {
    await streamChat(request, id => { answer.id = id; }, chunk => {
      const piece = chunk.choices[0]?.delta?.content;
      if (piece) {
        answer.last = performance.now();
        answer.first ??= answer.last;
        keepAtEnd(() => shown.appendData(piece));
      }
      if (chunk.usage) answer.tokens = chunk.usage.completion_tokens;
    }, running.signal);
  } catch (problem) {
    if (problem.status === 401) askForKey();
    if (problem.name !== 'AbortError') {
      made.classList.add('failed');
      shown.appendData(`${shown.data === '' ? '' : '\n'}${problem.message}`);
    }
  } finally {
    made.classList.remove('streaming');
    running = undefined;
    send.textContent = 'Send';
    if (made.classList.contains('failed')) conversation.pop();
    else conversation.push({ role: 'assistant', content: shown.data });
    if (answer.id) keepAtEnd(() => made.append(footer(answer, onShow)));
  }
}

function askForKey() {
  byId('key-form').hidden = false;
}

/** Shows the models that there are to choose from, once the server lets us see them. */
async function showModels() {
  try {
    const models = (await get('/v1/models')).data;
    const select = element('select', '', ...models.map(model => {
      const option = element('option', '', model.id);
      option.value = model.id;
      return option;
    }));
    select.id = 'model';
    select.setAttribute('aria-label', 'Model');
    byId('chat-model').replaceChildren(select);
    byId('key-form').hidden = true;
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    askForKey();
  }
}

/** onShow is called with the id of the request whose waterfall is wanted, onProblem with what goes wrong later. */
export async function startChat(onShow, onProblem) {
  byId('chat-form').addEventListener('submit', event => {
    event.preventDefault();
    if (running) {
      running.abort();
      return;
    }
    const text = prompt.value.trim();
    if (text === '') return;
    prompt.value = '';
    ask(text, onShow);
  });
  prompt.addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!running) byId('chat-form').requestSubmit();
    }
  });
  byId('clear').addEventListener('click', () => {
    running?.abort();
    conversation = [];
    messages.replaceChildren();
  });
  byId('key-form').addEventListener('submit', event => {
    event.preventDefault();
    useKey(byId('key').value);
    byId('key').value = '';
    showModels().catch(onProblem);
  });
  await showModels();
}
