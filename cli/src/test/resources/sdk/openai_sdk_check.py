"""Runs the official OpenAI SDK for Python, unchanged, against a started server; exits non-zero at the first surprise."""

import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)
model = client.models.list().data[0].id
question = [{"role": "user", "content": "Name the capital of Italy."}]


def chat():
    answer = client.chat.completions.create(model=model, messages=question, temperature=0, max_tokens=24)
    assert "Rome" in answer.choices[0].message.content, answer
    assert answer.choices[0].finish_reason == "stop", answer
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens, answer


def streaming():
    whole = client.chat.completions.create(model=model, messages=question, temperature=0, max_tokens=24)
    pieces, usage, finish = [], None, None
    stream = client.chat.completions.create(
        model=model,
        messages=question,
        temperature=0,
        max_tokens=24,
        stream=True,
        stream_options={"include_usage": True},
    )
    for chunk in stream:
        if chunk.choices:
            pieces.append(chunk.choices[0].delta.content or "")
            finish = chunk.choices[0].finish_reason or finish
        usage = chunk.usage or usage
    assert "".join(pieces) == whole.choices[0].message.content, pieces
    assert finish == "stop" and usage.completion_tokens == whole.usage.completion_tokens, (finish, usage)


def stop():
    answer = client.chat.completions.create(model=model, messages=question, temperature=0, max_tokens=24, stop="Rome")
    assert "Rome" not in answer.choices[0].message.content, answer
    assert answer.choices[0].finish_reason == "stop", answer


def logprobs():
    answer = client.chat.completions.create(
        model=model, messages=question, temperature=0, max_tokens=4, logprobs=True, top_logprobs=3
    )
    content = answer.choices[0].logprobs.content
    assert len(content) == 4, content
    for token in content:
        assert token.logprob <= 0 and len(token.top_logprobs) == 3, token
        assert token.top_logprobs[0].logprob == token.logprob, token
    assert "".join(token.token for token in content) == answer.choices[0].message.content, answer


def completion():
    answer = client.completions.create(model=model, prompt="One, two, three,", temperature=0, max_tokens=4, echo=True)
    assert answer.choices[0].text.startswith("One, two, three,"), answer


def errors():
    try:
        client.chat.completions.create(model=model, messages=question, max_tokens=0)
        raise AssertionError("max_tokens=0 was accepted")
    except openai.BadRequestError as e:
        assert e.param == "max_tokens", e.body
    try:
        client.chat.completions.create(model="absent", messages=question)
        raise AssertionError("an unknown model was accepted")
    except openai.NotFoundError as e:
        assert e.param == "model", e.body


for check in (chat, streaming, stop, logprobs, completion, errors):
    check()
    print("ok", check.__name__)
