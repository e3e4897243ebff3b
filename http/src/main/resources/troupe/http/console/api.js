// Talks to this server, and to nobody else.

const TOKEN = 'troupe-admin-token';
const KEY = 'troupe-api-key';

/** An answer with an error; status is that of HTTP, 0 where there was no answer. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The admin API's token lives as long as this tab. */
export function useToken(token) {
  sessionStorage.setItem(TOKEN, token);
}

/** So does the key for the models. */
export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

function authorization(path) {
  const secret = sessionStorage.getItem(path.startsWith('/admin/') ? TOKEN : KEY);
  return secret ? { Authorization: `Bearer ${secret}` } : {};
}

async function failure(response) {
  let message = `the server answered ${response.status}`;
  try {
    message = (await response.json()).error.message ?? message;
  } catch {
    // The status has to do.
  }
  return new ApiError(response.status, message);
}

export async function get(path) {
  let response;
  try {
    response = await fetch(path, { headers: authorization(path), cache: 'no-store' });
  } catch (problem) {
    throw new ApiError(0, String(problem.message));
  }
  if (!response.ok) throw await failure(response);
  return response.json();
}

/**
 * Asks for an answer and calls onChunk with each of its chunks as they come.
 * @returns the request's id
 */
export async function streamChat(body, onBegin, onChunk, signal) {
  const path = '/v1/chat/completions';
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...authorization(path) },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw await failure(response);
  onBegin(response.headers.get('X-Request-Id'));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new ApiError(0, 'the answer broke off');
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const data = event.slice('data: '.length);
      if (data === '[DONE]') return;
      const chunk = JSON.parse(data);
      if (chunk.error) throw new ApiError(200, chunk.error.message);
      onChunk(chunk);
    }
  }
}
