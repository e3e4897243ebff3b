/* Causal attention over a paged cache. Query vectors (a row and a head each) are taken ATTENTION_QUERIES at a time and
 * share the loads of keys and values; what each one computes is independent of the others. */

#define SCORE_QUERIES (V16_REGISTERS == 32 ? 8 : 4) /* query vectors whose sums fit the registers, one block of keys */
#define SCORE_SUMS (V16_REGISTERS == 32 ? 8 : 4)    /* sums at a time, over queries and blocks of keys */
#define WEIGH_QUERIES 4
#define WEIGH_SUMS (V16_REGISTERS == 32 ? 16 : 4)   /* sums at a time, over queries and parts of the dimension */
#define WEIGH_PARTS (V16_REGISTERS == 32 ? 4 : 2)

typedef struct {
    int32_t type;
    int64_t block_bytes;
    const char *keys;   /* of the head, in the block with id 0 */
    const char *values;
    const int32_t *block_table;
    int64_t head_dim;
    int64_t stride;     /* head_dim, rounded up to 16: floats between the vectors in scratch */
    float *queries;     /* [ATTENTION_QUERIES][stride], scaled */
    float *outputs;     /* [ATTENTION_QUERIES][stride] */
    float *partials;    /* [ATTENTION_QUERIES][stride], of the current split */
    float *scores;      /* [ATTENTION_QUERIES][ATTENTION_SPLIT] */
} attention_state;

TEMPLATE v16 load_kv(int type, const char *base, int64_t index) {
    return type == KV_F16 ? v16_load_f16((const uint16_t *)base + index) : v16_load((const float *)base + index);
}

TEMPLATE int64_t kv_bytes(int type) { return type == KV_F16 ? 2 : 4; }

/* Scores of some queries against some blocks of 16 keys: one chain over the head's dimension each. */
TEMPLATE void score_tile(const attention_state *a, int type, const float *queries, int count, int64_t first_block,
                         int blocks, float *scores) {
    v16 sums[8];
    const char *keys[4];
    UNROLL for (int b = 0; b < blocks; b++) {
        keys[b] = a->keys + a->block_table[first_block + b] * a->block_bytes;
    }
    UNROLL for (int i = 0; i < count * blocks; i++) {
        sums[i] = v16_zero();
    }
    for (int64_t d = 0; d < a->head_dim; d++) {
        UNROLL for (int b = 0; b < blocks; b++) {
            v16 key = load_kv(type, keys[b], d * KV_BLOCK_TOKENS);
            UNROLL for (int q = 0; q < count; q++) {
                sums[q * blocks + b] = v16_fma(v16_set1(queries[q * a->stride + d]), key, sums[q * blocks + b]);
            }
        }
    }
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int b = 0; b < blocks; b++) {
            v16_store(scores + q * ATTENTION_SPLIT + b * KV_BLOCK_TOKENS, sums[q * blocks + b]);
        }
    }
}

TEMPLATE void prefetch_head(const attention_state *a, int type, const char *base, int64_t block) {
    const char *at = base + a->block_table[block] * a->block_bytes;
    for (int64_t line = 0; line < KV_BLOCK_TOKENS * a->head_dim * kv_bytes(type); line += 64) {
        _mm_prefetch(at + line, _MM_HINT_T0);
    }
}

TEMPLATE void score_queries(const attention_state *a, int type, const float *queries, int count, int64_t first_block,
                            int64_t blocks, float *scores) {
    const int together = count * 4 <= SCORE_SUMS ? 4 : count * 2 <= SCORE_SUMS ? 2 : 1;
    int64_t b = 0;
    for (; b + together <= blocks; b += together) {
        for (int64_t ahead = b + together; ahead < least(b + 2 * together, blocks); ahead++) {
            prefetch_head(a, type, a->keys, first_block + ahead);
        }
        score_tile(a, type, queries, count, first_block + b, together, scores + b * KV_BLOCK_TOKENS);
    }
    for (; b < blocks; b++) {
        score_tile(a, type, queries, count, first_block + b, 1, scores + b * KV_BLOCK_TOKENS);
    }
}

TEMPLATE void score_split(const attention_state *a, int type, int from_query, int to_query, int64_t first_block,
                          int64_t blocks) {
    for (int q = from_query; q < to_query;) {
        const float *queries = a->queries + q * a->stride;
        float *scores = a->scores + q * ATTENTION_SPLIT;
        int count = (int)least(SCORE_QUERIES, to_query - q);
#define SCORE(n) case n: score_queries(a, type, queries, n, first_block, blocks, scores); break
        switch (count) {
            SCORE(1);
            SCORE(2);
            SCORE(3);
            SCORE(4);
#if V16_REGISTERS == 32
            SCORE(5);
            SCORE(6);
            SCORE(7);
            SCORE(8);
#endif
        default: break;
        }
#undef SCORE
        q += count;
    }
}

/* Turns scores into exp(score - greatest) and returns their sum in 16 virtual lanes. */
TEMPLATE float softmax_split(float *scores, int64_t keys, float *greatest) {
    v16 most = v16_set1(-__builtin_inff());
    int64_t whole = keys / 16 * 16;
    int64_t rest = keys - whole;
    for (int64_t i = 0; i < whole; i += 16) {
        most = v16_max(most, v16_load(scores + i));
    }
    if (rest != 0) {
        most = v16_max(most, v16_keep_first(v16_load(scores + whole), rest, -__builtin_inff()));
    }
    *greatest = v16_greatest(most);
    v16 subtrahend = v16_set1(*greatest);
    v16 sum = v16_zero();
    for (int64_t i = 0; i < whole; i += 16) {
        v16 p = v16_exp(v16_sub(v16_load(scores + i), subtrahend));
        v16_store(scores + i, p);
        sum = v16_add(sum, p);
    }
    if (rest != 0) {
        v16 p = v16_keep_first(v16_exp(v16_sub(v16_load(scores + whole), subtrahend)), rest, 0.0f);
        v16_store(scores + whole, p);
        sum = v16_add(sum, p);
    }
    return v16_tree_sum(sum);
}

/* Continues partial[q][d..] over keys from..to of the split: one chain over the keys for each element. */
TEMPLATE void weigh_tile(const attention_state *a, int type, int64_t split_block, int64_t from, int64_t to,
                         const float *probabilities, int count, int64_t d, int parts, float *partials) {
    v16 sums[16];
    UNROLL for (int i = 0; i < count * parts; i++) {
        sums[i] = v16_load(partials + i / parts * a->stride + d + i % parts * 16);
    }
    for (int64_t key = from; key < to;) {
        int64_t end = least(to, key / KV_BLOCK_TOKENS * KV_BLOCK_TOKENS + KV_BLOCK_TOKENS);
        const char *block = a->values + a->block_table[split_block + key / KV_BLOCK_TOKENS] * a->block_bytes;
        if (d == 0 && end < to) {
            prefetch_head(a, type, a->values, split_block + end / KV_BLOCK_TOKENS);
        }
        for (; key < end; key++) {
            v16 value[4];
            UNROLL for (int part = 0; part < parts; part++) {
                value[part] = load_kv(type, block, key % KV_BLOCK_TOKENS * a->head_dim + d + part * 16);
            }
            UNROLL for (int q = 0; q < count; q++) {
                v16 p = v16_set1(probabilities[q * ATTENTION_SPLIT + key]);
                UNROLL for (int part = 0; part < parts; part++) {
                    sums[q * parts + part] = v16_fma(p, value[part], sums[q * parts + part]);
                }
            }
        }
    }
    UNROLL for (int i = 0; i < count * parts; i++) {
        v16_store(partials + i / parts * a->stride + d + i % parts * 16, sums[i]);
    }
}

/* The elements beyond the last whole vector of a head whose dimension is no multiple of 16. */
TEMPLATE void weigh_rest(const attention_state *a, int type, int64_t split_block, int64_t from, int64_t to,
                         const float *probabilities, int count, int64_t d, float *partials) {
    for (int q = 0; q < count; q++) {
        for (int64_t key = from; key < to; key++) {
            const char *block = a->values + a->block_table[split_block + key / KV_BLOCK_TOKENS] * a->block_bytes;
            for (int64_t i = d; i < a->head_dim; i++) {
                int64_t index = key % KV_BLOCK_TOKENS * a->head_dim + i;
                float value = type == KV_F16 ? _cvtsh_ss(((const uint16_t *)block)[index])
                                             : ((const float *)block)[index];
                float *partial = partials + q * a->stride + i;
                *partial = __builtin_fmaf(probabilities[q * ATTENTION_SPLIT + key], value, *partial);
            }
        }
    }
}

TEMPLATE void weigh_queries(const attention_state *a, int type, int64_t split_block, int64_t from, int64_t to,
                            const float *probabilities, int count, float *partials) {
    const int parts = count * WEIGH_PARTS <= WEIGH_SUMS ? WEIGH_PARTS : 1;
    int64_t d = 0;
    for (; d + 16 * parts <= a->head_dim; d += 16 * parts) {
        weigh_tile(a, type, split_block, from, to, probabilities, count, d, parts, partials);
    }
    for (; d + 16 <= a->head_dim; d += 16) {
        weigh_tile(a, type, split_block, from, to, probabilities, count, d, 1, partials);
    }
    if (d < a->head_dim) {
        weigh_rest(a, type, split_block, from, to, probabilities, count, d, partials);
    }
}

TEMPLATE void weigh_split(const attention_state *a, int type, int from_query, int to_query, int64_t split_block,
                          int64_t from, int64_t to) {
    for (int q = from_query; q < to_query;) {
        const float *probabilities = a->scores + q * ATTENTION_SPLIT;
        float *partials = a->partials + q * a->stride;
        int count = (int)least(WEIGH_QUERIES, to_query - q);
#define WEIGH(n) case n: weigh_queries(a, type, split_block, from, to, probabilities, n, partials); break
        switch (count) {
            WEIGH(1);
            WEIGH(2);
            WEIGH(3);
            WEIGH(4);
        default: break;
        }
#undef WEIGH
        q += count;
    }
}

TEMPLATE float exp_of(float x) {
    float lanes[16];
    v16_store(lanes, v16_exp(v16_set1(x)));
    return lanes[0];
}

/* Merges the split's greatest score, sum and weighted values of one query into those of the splits before it. */
TEMPLATE void merge_split(const attention_state *a, int query, int first, float split_greatest, float split_sum,
                          float *greatest, float *sum) {
    float *output = a->outputs + query * a->stride;
    const float *partial = a->partials + query * a->stride;
    if (first) {
        *greatest = split_greatest;
        *sum = split_sum;
        memcpy(output, partial, (size_t)a->stride * sizeof *output);
        return;
    }
    float merged = *greatest > split_greatest ? *greatest : split_greatest;
    float before = exp_of(*greatest - merged);
    float now = exp_of(split_greatest - merged);
    *greatest = merged;
    *sum = __builtin_fmaf(*sum, before, split_sum * now);
    for (int64_t d = 0; d < a->stride; d += 16) {
        v16 scaled = v16_mul(v16_load(partial + d), v16_set1(now));
        v16_store(output + d, v16_fma(v16_load(output + d), v16_set1(before), scaled));
    }
}

/* Attends with count query vectors; visible[q], ascending, is how many keys vector q sees. */
TEMPLATE void attend(const attention_state *a, int type, int count, const int64_t *visible, float *sums) {
    float greatest[ATTENTION_QUERIES] = {0};
    int first_active = 0;
    for (int64_t from = 0; from < visible[count - 1]; from += ATTENTION_SPLIT) {
        while (visible[first_active] <= from) {
            first_active++;
        }
        int64_t block = from / KV_BLOCK_TOKENS;
        int64_t keys = least(ATTENTION_SPLIT, visible[count - 1] - from);
        int64_t common = least(ATTENTION_SPLIT, visible[first_active] - from);
        score_split(a, type, first_active, count, block, (keys + KV_BLOCK_TOKENS - 1) / KV_BLOCK_TOKENS);
        float split_greatest[ATTENTION_QUERIES];
        float split_sum[ATTENTION_QUERIES];
        for (int q = first_active; q < count; q++) {
            int64_t own = least(ATTENTION_SPLIT, visible[q] - from);
            split_sum[q] = softmax_split(a->scores + q * ATTENTION_SPLIT, own, &split_greatest[q]);
            memset(a->partials + q * a->stride, 0, (size_t)a->stride * sizeof *a->partials);
        }
        weigh_split(a, type, first_active, count, block, 0, common);
        for (int q = first_active; q < count; q++) {
            int64_t own = least(ATTENTION_SPLIT, visible[q] - from);
            if (common < own) {
                weigh_split(a, type, q, q + 1, block, common, own);
            }
            merge_split(a, q, from == 0, split_greatest[q], split_sum[q], &greatest[q], &sums[q]);
        }
    }
}

void KERNEL(attention)(int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset, int64_t head_dim,
                       const void *cache, const int32_t *block_table, const float *queries, int64_t heads,
                       int64_t first_row, int64_t rows, int64_t first_position, int64_t first_head,
                       int64_t shared_heads, float scale, float *out, void *scratch) {
    int64_t stride = rounded_up(head_dim, 16);
    float *vectors = scratch;
    attention_state a = {type,
                         block_bytes,
                         (const char *)cache + key_offset,
                         (const char *)cache + value_offset,
                         block_table,
                         head_dim,
                         stride,
                         vectors,
                         vectors + ATTENTION_QUERIES * stride,
                         vectors + 2 * ATTENTION_QUERIES * stride,
                         vectors + 3 * ATTENTION_QUERIES * stride};
    for (int64_t first = 0; first < rows * shared_heads; first += ATTENTION_QUERIES) {
        int count = (int)least(ATTENTION_QUERIES, rows * shared_heads - first);
        int64_t visible[ATTENTION_QUERIES];
        int64_t at[ATTENTION_QUERIES];
        float sums[ATTENTION_QUERIES] = {0};
        for (int q = 0; q < count; q++) {
            int64_t row = (first + q) / shared_heads;
            int64_t head = first_head + (first + q) % shared_heads;
            visible[q] = first_position + row + 1;
            at[q] = ((first_row + row) * heads + head) * head_dim;
            for (int64_t d = 0; d < head_dim; d++) {
                a.queries[q * stride + d] = queries[at[q] + d] * scale;
            }
        }
        if (type == KV_F16) {
            attend(&a, KV_F16, count, visible, sums);
        } else {
            attend(&a, KV_F32, count, visible, sums);
        }
        for (int q = 0; q < count; q++) {
            for (int64_t d = 0; d < head_dim; d++) {
                out[at[q] + d] = a.outputs[q * stride + d] / sums[q];
            }
        }
    }
}
