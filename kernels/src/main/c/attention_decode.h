/* A split for the vectors of one row that share a head: they stream through the cache as it is. */

#define STREAM_QUERIES (V16_REGISTERS == 32 ? 8 : 6)  /* the most vectors of a row that stream */
#define STREAM_SCORES (V16_REGISTERS == 32 ? 16 : 6)  /* sums at a time, over vectors and blocks */
#define STREAM_OUTPUTS (V16_REGISTERS == 32 ? 24 : 6) /* sums at a time, over vectors and parts of the dimension */
#define STREAM_AHEAD 4                                /* blocks from what is computed to what is prefetched */

/* What a call streams through: the keys of a split's blocks, their values, and then what is read next. */
typedef struct {
    const kv_head *head;
    int64_t first_block;
    int64_t blocks;
    int64_t keys;
    const char *next;        /* base of the keys that are read after this split */
    int64_t next_first;      /* their first block */
    int64_t next_blocks;     /* how many; none where nothing follows */
} kv_stream;

/* What is read STREAM_AHEAD blocks after block i of a split, its keys counted first and its values after them. */
TEMPLATE const char *block_ahead(const kv_stream *stream, int64_t i) {
    const kv_head *head = stream->head;
    i += STREAM_AHEAD;
    if (i < stream->blocks) {
        return block_at(head, head->keys, stream->first_block + i);
    }
    i -= stream->blocks;
    if (i < stream->blocks || stream->next_blocks == 0) {
        return block_at(head, head->values, stream->first_block + least(i, stream->blocks - 1));
    }
    return block_at(head, stream->next, stream->next_first + least(i - stream->blocks, stream->next_blocks - 1));
}

/* Scores of one row's vectors against some blocks of 16 keys: one chain over the head's dimension each. A block beyond
 * the last is computed as the last once more, for a few chains alone would wait for themselves. */
TEMPLATE void stream_scores(const kv_stream *stream, const attention_scratch *s, int type, int count, int64_t block,
                            int together, int masked) {
    const kv_head *head = stream->head;
    const int per_line = (int)(64 / (KV_BLOCK_TOKENS * kv_element_bytes(type)));
    v16 sums[STREAM_SCORES];
    const char *keys[4];
    const char *ahead[4];
    UNROLL for (int b = 0; b < together; b++) {
        int64_t real = masked ? least(block + b, stream->blocks - 1) : block + b;
        keys[b] = block_at(head, head->keys, stream->first_block + real) + kv_scales_bytes(type);
        ahead[b] = block_ahead(stream, real);
        if (kv_scales_bytes(type) != 0) {
            _mm_prefetch(ahead[b], _MM_HINT_T0);
            ahead[b] += kv_scales_bytes(type);
        }
    }
    UNROLL for (int i = 0; i < count * together; i++) {
        sums[i] = v16_zero();
    }
    for (int64_t line = 0; line < head->head_dim; line += per_line) {
        UNROLL for (int b = 0; b < together; b++) {
            _mm_prefetch(ahead[b] + line * KV_BLOCK_TOKENS * kv_element_bytes(type), _MM_HINT_T0);
        }
        UNROLL for (int64_t d = line; d < line + per_line; d++) {
            UNROLL for (int b = 0; b < together; b++) {
                v16 key = load_kv(type, keys[b], d * KV_BLOCK_TOKENS);
                UNROLL for (int q = 0; q < count; q++) {
                    v16 query = v16_set1(s->queries[q * head->stride + d]);
                    sums[q * together + b] = v16_fma(query, key, sums[q * together + b]);
                }
            }
        }
    }
    finish_scores(sums, type, count, together, s->key_scales + block * KV_BLOCK_TOKENS, masked, s->visible,
                  (stream->first_block + block) * KV_BLOCK_TOKENS, block == 0, s->scores + block * KV_BLOCK_TOKENS,
                  s->lane_greatest);
}

/* outputs[q][d..] over all keys of the split: one chain over the keys for each element. */
TEMPLATE void stream_outputs(const kv_stream *stream, const attention_scratch *s, int type, int count, int64_t d,
                             int parts, float *outputs) {
    const kv_head *head = stream->head;
    const int64_t element = kv_element_bytes(type);
    v16 sums[STREAM_OUTPUTS];
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int part = 0; part < parts; part++) {
            sums[q * parts + part] = v16_zero();
        }
    }
    for (int64_t block = 0; block < stream->blocks; block++) {
        const char *values = block_at(head, head->values, stream->first_block + block) + kv_scales_bytes(type);
        const char *ahead = block_ahead(stream, stream->blocks + block) + kv_scales_bytes(type);
        const float *weights = s->scores + block * KV_BLOCK_TOKENS;
        int64_t here = least(KV_BLOCK_TOKENS, stream->keys - block * KV_BLOCK_TOKENS);
        if (kv_scales_bytes(type) != 0 && d == 0) {
            _mm_prefetch(ahead - kv_scales_bytes(type), _MM_HINT_T0);
        }
        for (int64_t key = 0; key < here; key++) {
            UNROLL for (int64_t byte = 0; byte < parts * 16 * element; byte += 64) {
                _mm_prefetch(ahead + (key * head->head_dim + d) * element + byte, _MM_HINT_T0);
            }
            v16 value[4];
            UNROLL for (int part = 0; part < parts; part++) {
                value[part] = load_kv(type, values, key * head->head_dim + d + part * 16);
            }
            UNROLL for (int q = 0; q < count; q++) {
                v16 weight = v16_set1(weights[q * ATTENTION_SPLIT + key]);
                UNROLL for (int part = 0; part < parts; part++) {
                    sums[q * parts + part] = v16_fma(weight, value[part], sums[q * parts + part]);
                }
            }
        }
    }
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int part = 0; part < parts; part++) {
            v16_store(outputs + q * head->stride + d + part * 16, sums[q * parts + part]);
        }
    }
}

TEMPLATE void stream_counted(const kv_stream *stream, const attention_scratch *s, int type, int count,
                             attention_results to) {
    const int together = count * 4 <= STREAM_SCORES ? 4 : count * 2 <= STREAM_SCORES ? 2 : 1;
    const int64_t head_dim = stream->head->head_dim;
    int64_t b = 0;
    for (; (b + together) * KV_BLOCK_TOKENS <= stream->keys; b += together) {
        stream_scores(stream, s, type, count, b, together, 0);
    }
    if (b < stream->blocks) {
        stream_scores(stream, s, type, count, b, together, 1);
    }
    softmax_vectors(type, count, stream->blocks, s->scores, s->lane_greatest, s->value_scales, to.greatest, to.sums);
    const int parts = count * 4 <= STREAM_OUTPUTS ? 4 : count * 2 <= STREAM_OUTPUTS ? 2 : 1;
    int64_t d = 0;
    for (; d + 16 * parts <= head_dim; d += 16 * parts) {
        stream_outputs(stream, s, type, count, d, parts, to.outputs);
    }
    for (; d < head_dim; d += 16) {
        stream_outputs(stream, s, type, count, d, 1, to.outputs);
    }
}

/* Reads keys and values once, where they are. */
TEMPLATE void stream_split(const kv_stream *stream, const attention_scratch *s, int type, attention_results to) {
#define STREAM(n) case n: stream_counted(stream, s, type, n, to); break
    switch (s->count) {
        STREAM(1);
        STREAM(2);
        STREAM(3);
        STREAM(4);
        STREAM(5);
        STREAM(6);
#if STREAM_QUERIES == 8
        STREAM(7);
        STREAM(8);
#endif
    default: break;
    }
#undef STREAM
}
