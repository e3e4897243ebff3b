/* Causal attention over a paged cache, split by split. One row's vectors that share a head stream through the cache as
 * it is (decode); the vectors of many rows share keys and values that became floats once (prefill). */

#define TILE_BLOCKS (V16_REGISTERS == 32 ? 4 : 1)     /* blocks of 16 keys in a tile of scores */
#define TILE_PARTS (V16_REGISTERS == 32 ? 4 : 1)      /* vectors along the dimension in a tile of outputs */
#define CHUNK_BLOCKS (ATTENTION_CHUNK / KV_BLOCK_TOKENS)
#define STREAM_QUERIES (V16_REGISTERS == 32 ? 8 : 6)  /* the most vectors of a row that stream */
#define STREAM_SCORES (V16_REGISTERS == 32 ? 16 : 6)  /* sums at a time, over vectors and blocks */
#define STREAM_OUTPUTS (V16_REGISTERS == 32 ? 24 : 6) /* sums at a time, over vectors and parts of the dimension */
#define STREAM_AHEAD 4                                /* blocks from what is computed to what is prefetched */

/* A head of the cache as one sequence sees it. */
typedef struct {
    int64_t block_bytes;
    const char *keys;   /* in the block with id 0 */
    const char *values;
    const int32_t *block_table;
    int64_t head_dim;
    int64_t stride; /* head_dim, rounded up to 16: floats between the vectors in scratch */
} kv_head;

/* The thread's scratch memory; count vectors, up to ATTENTION_VECTORS. */
typedef struct {
    int64_t count;
    int64_t visible[ATTENTION_VECTORS]; /* keys that a vector sees, ascending; past count as the last one */
    float *queries;                     /* scaled: [group][head_dim][ATTENTION_GROUP] */
    float *scores;                      /* [vector][ATTENTION_SPLIT], afterwards the weights */
    float *converted;                   /* keys [head_dim][CHUNK_BLOCKS][16], or values [ATTENTION_CHUNK][stride] */
    float *key_scales;                  /* [ATTENTION_SPLIT], where the type has them */
    float *value_scales;
    float *greatest; /* [vector], of the current split, as the next two */
    float *sums;
    float *partials; /* [vector][stride] */
    float *merged_greatest;
    float *merged_sums;
    float *outputs;
} attention_scratch;

TEMPLATE int64_t kv_element_bytes(int type) { return type == KV_Q8 ? 1 : type == KV_F16 ? 2 : 4; }

/* Bytes before the elements of a head in a block: the scales of its 16 positions. */
TEMPLATE int64_t kv_scales_bytes(int type) { return type == KV_Q8 ? KV_BLOCK_TOKENS * 4 : 0; }

TEMPLATE v16 load_kv(int type, const char *elements, int64_t index) {
    return type == KV_Q8    ? v16_load_i8((const int8_t *)elements + index)
           : type == KV_F16 ? v16_load_f16((const uint16_t *)elements + index)
                            : v16_load((const float *)elements + index);
}

TEMPLATE const char *block_at(const kv_head *head, const char *base, int64_t block) {
    return base + head->block_table[block] * head->block_bytes;
}

/* What is read STREAM_AHEAD blocks after block i of a split, its keys counted first and its values after them. */
TEMPLATE const char *block_ahead(const kv_head *head, int64_t first_block, int64_t blocks, int64_t following,
                                 int64_t i) {
    i += STREAM_AHEAD;
    if (i < blocks) {
        return block_at(head, head->keys, first_block + i);
    }
    if (i < 2 * blocks) {
        return block_at(head, head->values, first_block + i - blocks);
    }
    return block_at(head, head->keys, first_block + (following > 0 ? blocks + least(i - 2 * blocks, following - 1) : 0));
}

/* Scores of one row's vectors against some blocks of 16 keys: one chain over the head's dimension each. */
TEMPLATE void stream_scores(const kv_head *head, const attention_scratch *s, int type, int count, int64_t first_block,
                            int64_t blocks, int64_t following, int64_t block, int together) {
    const int per_line = (int)(64 / (KV_BLOCK_TOKENS * kv_element_bytes(type)));
    v16 sums[STREAM_SCORES];
    const char *keys[4];
    const char *ahead[4];
    UNROLL for (int b = 0; b < together; b++) {
        keys[b] = block_at(head, head->keys, first_block + block + b) + kv_scales_bytes(type);
        ahead[b] = block_ahead(head, first_block, blocks, following, block + b);
        if (kv_scales_bytes(type) != 0) {
            _mm_prefetch(ahead[b], _MM_HINT_T0);
            ahead[b] += kv_scales_bytes(type);
        }
    }
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int b = 0; b < together; b++) {
            sums[q * together + b] = v16_zero();
        }
    }
    for (int64_t line = 0; line < head->head_dim; line += per_line) {
        UNROLL for (int b = 0; b < together; b++) {
            _mm_prefetch(ahead[b] + line * KV_BLOCK_TOKENS * kv_element_bytes(type), _MM_HINT_T0);
        }
        UNROLL for (int64_t d = line; d < line + per_line; d++) {
            UNROLL for (int b = 0; b < together; b++) {
                v16 key = load_kv(type, keys[b], d * KV_BLOCK_TOKENS);
                UNROLL for (int q = 0; q < count; q++) {
                    v16 query = v16_set1(s->queries[d * ATTENTION_GROUP + q % ATTENTION_GROUP +
                                                    q / ATTENTION_GROUP * ATTENTION_GROUP * head->head_dim]);
                    sums[q * together + b] = v16_fma(query, key, sums[q * together + b]);
                }
            }
        }
    }
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int b = 0; b < together; b++) {
            v16_store(s->scores + q * ATTENTION_SPLIT + (block + b) * KV_BLOCK_TOKENS, sums[q * together + b]);
        }
    }
}

/* Continues partials[q][d..] over all keys of the split: one chain over the keys for each element. */
TEMPLATE void stream_outputs(const kv_head *head, const attention_scratch *s, int type, int count,
                             int64_t first_block, int64_t blocks, int64_t following, int64_t keys, int64_t d,
                             int parts) {
    const int64_t element = kv_element_bytes(type);
    v16 sums[STREAM_OUTPUTS];
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int part = 0; part < parts; part++) {
            sums[q * parts + part] = v16_zero();
        }
    }
    for (int64_t block = 0; block < blocks; block++) {
        const char *values = block_at(head, head->values, first_block + block) + kv_scales_bytes(type);
        const char *ahead = block_ahead(head, first_block, blocks, following, blocks + block) + kv_scales_bytes(type);
        const float *weights = s->scores + block * KV_BLOCK_TOKENS;
        int64_t here = least(KV_BLOCK_TOKENS, keys - block * KV_BLOCK_TOKENS);
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
            v16_store(s->partials + q * head->stride + d + part * 16, sums[q * parts + part]);
        }
    }
}

/* Scores of a group of vectors against some of the converted blocks. */
TEMPLATE void score_tile(const float *queries, const float *keys, int64_t head_dim, int blocks, float *scores) {
    v16 sums[ATTENTION_GROUP * TILE_BLOCKS];
    UNROLL for (int q = 0; q < ATTENTION_GROUP; q++) {
        UNROLL for (int b = 0; b < blocks; b++) {
            sums[q * blocks + b] = v16_zero();
        }
    }
    for (int64_t d = 0; d < head_dim; d++) {
        v16 key[TILE_BLOCKS];
        UNROLL for (int b = 0; b < blocks; b++) {
            key[b] = v16_load(keys + (d * CHUNK_BLOCKS + b) * KV_BLOCK_TOKENS);
        }
        UNROLL for (int q = 0; q < ATTENTION_GROUP; q++) {
            v16 query = v16_set1(queries[d * ATTENTION_GROUP + q]);
            UNROLL for (int b = 0; b < blocks; b++) {
                sums[q * blocks + b] = v16_fma(query, key[b], sums[q * blocks + b]);
            }
        }
    }
    UNROLL for (int q = 0; q < ATTENTION_GROUP; q++) {
        UNROLL for (int b = 0; b < blocks; b++) {
            v16_store(scores + q * ATTENTION_SPLIT + b * KV_BLOCK_TOKENS, sums[q * blocks + b]);
        }
    }
}

TEMPLATE void score_group(const float *queries, const float *keys, int64_t head_dim, int64_t blocks, float *scores) {
    for (int64_t b = 0; b < blocks; b += TILE_BLOCKS) {
        const float *tile = keys + b * KV_BLOCK_TOKENS;
        float *to = scores + b * KV_BLOCK_TOKENS;
        switch (least(TILE_BLOCKS, blocks - b)) {
        case 1: score_tile(queries, tile, head_dim, 1, to); break;
#if TILE_BLOCKS == 4
        case 2: score_tile(queries, tile, head_dim, 2, to); break;
        case 3: score_tile(queries, tile, head_dim, 3, to); break;
        case 4: score_tile(queries, tile, head_dim, 4, to); break;
#endif
        default: break;
        }
    }
}

/* Continues partials[q][0..parts) of count vectors over converted keys from..to. */
TEMPLATE void output_tile(const float *weights, const float *values, int64_t stride, int64_t from, int64_t to,
                          int count, int parts, float *partials) {
    v16 sums[ATTENTION_GROUP * TILE_PARTS];
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int part = 0; part < parts; part++) {
            sums[q * parts + part] = v16_load(partials + q * stride + part * 16);
        }
    }
    for (int64_t key = from; key < to; key++) {
        v16 value[TILE_PARTS];
        UNROLL for (int part = 0; part < parts; part++) {
            value[part] = v16_load(values + key * stride + part * 16);
        }
        UNROLL for (int q = 0; q < count; q++) {
            v16 weight = v16_set1(weights[q * ATTENTION_SPLIT + key]);
            UNROLL for (int part = 0; part < parts; part++) {
                sums[q * parts + part] = v16_fma(weight, value[part], sums[q * parts + part]);
            }
        }
    }
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int part = 0; part < parts; part++) {
            v16_store(partials + q * stride + part * 16, sums[q * parts + part]);
        }
    }
}

TEMPLATE void output_vectors(const float *weights, const float *values, int64_t stride, int64_t from, int64_t to,
                             int count, float *partials) {
    int64_t d = 0;
    for (; d + 16 * TILE_PARTS <= stride; d += 16 * TILE_PARTS) {
        output_tile(weights, values + d, stride, from, to, count, TILE_PARTS, partials + d);
    }
    for (; d < stride; d += 16) {
        output_tile(weights, values + d, stride, from, to, count, 1, partials + d);
    }
}

TEMPLATE void convert_keys(const kv_head *head, int type, int64_t first_block, int64_t blocks, float *converted) {
    for (int64_t b = 0; b < blocks; b++) {
        const char *keys = block_at(head, head->keys, first_block + b) + kv_scales_bytes(type);
        for (int64_t d = 0; d < head->head_dim; d++) {
            v16 key = load_kv(type, keys, d * KV_BLOCK_TOKENS);
            v16_store(converted + (d * CHUNK_BLOCKS + b) * KV_BLOCK_TOKENS, key);
        }
    }
}

TEMPLATE float element_of(int type, const char *elements, int64_t index) {
    return type == KV_Q8    ? ((const int8_t *)elements)[index]
           : type == KV_F16 ? _cvtsh_ss(((const uint16_t *)elements)[index])
                            : ((const float *)elements)[index];
}

TEMPLATE void convert_values(const kv_head *head, int type, int64_t first_block, int64_t keys, float *converted) {
    for (int64_t key = 0; key < keys; key++) {
        const char *block = block_at(head, head->values, first_block + key / KV_BLOCK_TOKENS) + kv_scales_bytes(type);
        int64_t row = key % KV_BLOCK_TOKENS * head->head_dim;
        float *to = converted + key * head->stride;
        int64_t d = 0;
        for (; d + 16 <= head->head_dim; d += 16) {
            v16_store(to + d, load_kv(type, block, row + d));
        }
        for (; d < head->stride; d++) {
            to[d] = d < head->head_dim ? element_of(type, block, row + d) : 0.0f;
        }
    }
}

/* Collects the scales of a split's keys or values. */
TEMPLATE void load_scales(const kv_head *head, const char *base, int64_t first_block, int64_t blocks, float *scales) {
    for (int64_t b = 0; b < blocks; b++) {
        v16_store(scales + b * 16, v16_load((const float *)block_at(head, base, first_block + b)));
    }
}

/* Turns a vector's scores into the weights of the values; gives the greatest score and the sum of the exponentials. */
TEMPLATE void softmax_split(const attention_scratch *s, int type, int64_t vector, int64_t keys) {
    float *scores = s->scores + vector * ATTENTION_SPLIT;
    v16 most = v16_set1(-__builtin_inff());
    int64_t whole = keys / 16 * 16;
    int64_t rest = keys - whole;
    if (type == KV_Q8) {
        for (int64_t i = 0; i < keys; i += 16) {
            v16_store(scores + i, v16_mul(v16_load(scores + i), v16_load(s->key_scales + i)));
        }
    }
    for (int64_t i = 0; i < whole; i += 16) {
        most = v16_max(most, v16_load(scores + i));
    }
    if (rest != 0) {
        most = v16_max(most, v16_keep_first(v16_load(scores + whole), rest, -__builtin_inff()));
    }
    float greatest = v16_greatest(most);
    v16 subtrahend = v16_set1(greatest);
    v16 sum = v16_zero();
    for (int64_t i = 0; i < whole; i += 16) {
        v16 p = v16_exp_nonpositive(v16_sub(v16_load(scores + i), subtrahend));
        sum = v16_add(sum, p);
        v16_store(scores + i, type == KV_Q8 ? v16_mul(p, v16_load(s->value_scales + i)) : p);
    }
    if (rest != 0) {
        v16 p = v16_exp_nonpositive(v16_sub(v16_load(scores + whole), subtrahend));
        sum = v16_add(sum, v16_keep_first(p, rest, 0.0f));
        v16_store(scores + whole, type == KV_Q8 ? v16_mul(p, v16_load(s->value_scales + whole)) : p);
    }
    s->greatest[vector] = greatest;
    s->sums[vector] = v16_tree_sum(sum);
}

TEMPLATE void stream_counted(const kv_head *head, const attention_scratch *s, int type, int count, int64_t split,
                             int64_t keys) {
    int64_t first_block = split * (ATTENTION_SPLIT / KV_BLOCK_TOKENS);
    int64_t blocks = (keys + KV_BLOCK_TOKENS - 1) / KV_BLOCK_TOKENS;
    int64_t beyond = s->visible[0] - (split + 1) * ATTENTION_SPLIT;
    int64_t following = beyond <= 0 ? 0 : (beyond + KV_BLOCK_TOKENS - 1) / KV_BLOCK_TOKENS;
    const int together = count * 4 <= STREAM_SCORES ? 4 : count * 2 <= STREAM_SCORES ? 2 : 1;
    int64_t b = 0;
    for (; b + together <= blocks; b += together) {
        stream_scores(head, s, type, count, first_block, blocks, following, b, together);
    }
    for (; b < blocks; b++) {
        stream_scores(head, s, type, count, first_block, blocks, following, b, 1);
    }
    for (int q = 0; q < count; q++) {
        softmax_split(s, type, q, keys);
    }
    const int parts = count * 4 <= STREAM_OUTPUTS ? 4 : count * 2 <= STREAM_OUTPUTS ? 2 : 1;
    int64_t d = 0;
    for (; d + 16 * parts <= head->head_dim; d += 16 * parts) {
        stream_outputs(head, s, type, count, first_block, blocks, following, keys, d, parts);
    }
    for (; d < head->head_dim; d += 16) {
        stream_outputs(head, s, type, count, first_block, blocks, following, keys, d, 1);
    }
}

/* A split for the vectors of one row: reads keys and values once, where they are. */
TEMPLATE void stream_split(const kv_head *head, const attention_scratch *s, int type, int64_t split, int64_t keys) {
#define STREAM(n) case n: stream_counted(head, s, type, n, split, keys); break
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

/* A split for many vectors, from first_active on: what none of a group sees is not computed. */
TEMPLATE void tile_split(const kv_head *head, const attention_scratch *s, int type, int64_t split,
                         int64_t first_active, int64_t keys) {
    int64_t from = split * ATTENTION_SPLIT;
    int64_t first_block = from / KV_BLOCK_TOKENS;
    int64_t first_group = first_active / ATTENTION_GROUP * ATTENTION_GROUP;
    for (int64_t chunk = 0; chunk < keys; chunk += ATTENTION_CHUNK) {
        int64_t chunk_keys = least(ATTENTION_CHUNK, keys - chunk);
        int64_t chunk_blocks = (chunk_keys + KV_BLOCK_TOKENS - 1) / KV_BLOCK_TOKENS;
        convert_keys(head, type, first_block + chunk / KV_BLOCK_TOKENS, chunk_blocks, s->converted);
        for (int64_t group = first_group; group < s->count; group += ATTENTION_GROUP) {
            int64_t seen = least(chunk_keys, s->visible[group + ATTENTION_GROUP - 1] - from - chunk);
            if (seen > 0) {
                score_group(s->queries + group * head->head_dim, s->converted, head->head_dim,
                            (seen + KV_BLOCK_TOKENS - 1) / KV_BLOCK_TOKENS,
                            s->scores + group * ATTENTION_SPLIT + chunk);
            }
        }
    }
    for (int64_t q = first_active; q < s->count; q++) {
        softmax_split(s, type, q, least(ATTENTION_SPLIT, s->visible[q] - from));
    }
    memset(s->partials + first_group * head->stride, 0,
           (size_t)((s->count + ATTENTION_GROUP - first_group) * head->stride) * sizeof *s->partials);
    for (int64_t chunk = 0; chunk < keys; chunk += ATTENTION_CHUNK) {
        int64_t chunk_keys = least(ATTENTION_CHUNK, keys - chunk);
        convert_values(head, type, first_block + chunk / KV_BLOCK_TOKENS, chunk_keys, s->converted);
        for (int64_t group = first_group; group < s->count; group += ATTENTION_GROUP) {
            const float *weights = s->scores + group * ATTENTION_SPLIT + chunk;
            float *partials = s->partials + group * head->stride;
            int64_t first = group < first_active ? first_active : group;
            int64_t common = least(chunk_keys, s->visible[first] - from - chunk);
            if (common < 0) {
                common = 0;
            }
            output_vectors(weights, s->converted, head->stride, 0, common, ATTENTION_GROUP, partials);
            for (int64_t q = first - group; q < ATTENTION_GROUP && group + q < s->count; q++) {
                int64_t own = least(chunk_keys, s->visible[group + q] - from - chunk);
                if (own > common) {
                    output_vectors(weights + q * ATTENTION_SPLIT, s->converted, head->stride, common, own, 1,
                                   partials + q * head->stride);
                }
            }
        }
    }
}

/* Fills greatest, sums and partials of the vectors from first_active on. */
TEMPLATE void typed_split(const kv_head *head, const attention_scratch *s, int type, int streams, int64_t split,
                          int64_t first_active) {
    int64_t keys = least(ATTENTION_SPLIT, s->visible[s->count - 1] - split * ATTENTION_SPLIT);
    if (type == KV_Q8) {
        int64_t first_block = split * (ATTENTION_SPLIT / KV_BLOCK_TOKENS);
        int64_t blocks = (keys + KV_BLOCK_TOKENS - 1) / KV_BLOCK_TOKENS;
        load_scales(head, head->keys, first_block, blocks, s->key_scales);
        load_scales(head, head->values, first_block, blocks, s->value_scales);
    }
    if (streams) {
        stream_split(head, s, type, split, keys);
    } else {
        tile_split(head, s, type, split, first_active, keys);
    }
}

static void attend_split(const kv_head *head, const attention_scratch *s, int32_t type, int streams, int64_t split,
                         int64_t first_active) {
    switch (type) {
    case KV_F16: typed_split(head, s, KV_F16, streams, split, first_active); break;
    case KV_F32: typed_split(head, s, KV_F32, streams, split, first_active); break;
    default: typed_split(head, s, KV_Q8, streams, split, first_active); break;
    }
}

/* Merges a split's results of some vectors into those of the splits before it. */
static void merge_split(int64_t count, int64_t stride, int first, const float *greatest, const float *sums,
                        const float *partials, float *merged_greatest, float *merged_sums, float *outputs) {
    if (first) {
        memcpy(merged_greatest, greatest, (size_t)count * sizeof *greatest);
        memcpy(merged_sums, sums, (size_t)count * sizeof *sums);
        memcpy(outputs, partials, (size_t)(count * stride) * sizeof *outputs);
        return;
    }
    for (int64_t vector = 0; vector < count; vector += 16) {
        int64_t lanes = least(16, count - vector);
        v16 past = v16_load_first(merged_greatest + vector, lanes);
        v16 present = v16_load_first(greatest + vector, lanes);
        v16 merged = v16_max(past, present);
        v16 before = v16_exp_nonpositive(v16_sub(past, merged));
        v16 now = v16_exp_nonpositive(v16_sub(present, merged));
        v16 scaled = v16_mul(v16_load_first(sums + vector, lanes), now);
        v16_store_first(merged_sums + vector, lanes,
                        v16_fma(v16_load_first(merged_sums + vector, lanes), before, scaled));
        v16_store_first(merged_greatest + vector, lanes, merged);
        float before_of[16];
        float now_of[16];
        v16_store(before_of, before);
        v16_store(now_of, now);
        for (int64_t lane = 0; lane < lanes; lane++) {
            v16 a = v16_set1(before_of[lane]);
            v16 b = v16_set1(now_of[lane]);
            float *output = outputs + (vector + lane) * stride;
            const float *partial = partials + (vector + lane) * stride;
            for (int64_t d = 0; d < stride; d += 16) {
                v16_store(output + d, v16_fma(v16_load(output + d), a, v16_mul(v16_load(partial + d), b)));
            }
        }
    }
}

TEMPLATE kv_head head_of(int64_t block_bytes, int64_t key_offset, int64_t value_offset, int64_t head_dim,
                         const void *cache, const int32_t *block_table) {
    return (kv_head){block_bytes, (const char *)cache + key_offset, (const char *)cache + value_offset,
                     block_table, head_dim, rounded_up(head_dim, 16)};
}

TEMPLATE attention_scratch scratch_of(void *memory, int64_t stride) {
    attention_scratch s;
    float *at = memory;
#define TAKE(field, floats) s.field = at; at += (floats)
    TAKE(queries, ATTENTION_VECTORS * stride);
    TAKE(scores, ATTENTION_VECTORS * ATTENTION_SPLIT);
    TAKE(converted, ATTENTION_CHUNK * stride);
    TAKE(key_scales, ATTENTION_SPLIT);
    TAKE(value_scales, ATTENTION_SPLIT);
    TAKE(greatest, ATTENTION_VECTORS);
    TAKE(sums, ATTENTION_VECTORS);
    TAKE(partials, (ATTENTION_VECTORS + ATTENTION_GROUP) * stride);
    TAKE(merged_greatest, ATTENTION_VECTORS);
    TAKE(merged_sums, ATTENTION_VECTORS);
    TAKE(outputs, ATTENTION_VECTORS * stride);
#undef TAKE
    return s;
}

/* Vectors first.. of the rows, heads inside: where they are and what they see; scales and groups the queries. */
TEMPLATE void load_vectors(attention_scratch *s, const float *queries, int64_t head_dim, int64_t heads,
                           int64_t first_row, int64_t first_position, int64_t first_head, int64_t shared_heads,
                           int64_t first, int64_t count, float scale, int64_t *at) {
    s->count = count;
    for (int64_t q = 0; q < rounded_up(count, ATTENTION_GROUP); q++) {
        int64_t vector = first + least(q, count - 1);
        int64_t row = vector / shared_heads;
        s->visible[q] = first_position + row + 1;
        at[q] = ((first_row + row) * heads + first_head + vector % shared_heads) * head_dim;
        float *group = s->queries + q / ATTENTION_GROUP * ATTENTION_GROUP * head_dim;
        for (int64_t d = 0; d < head_dim; d++) {
            group[d * ATTENTION_GROUP + q % ATTENTION_GROUP] = queries[at[q] + d] * scale;
        }
    }
}

TEMPLATE void write_output(const float *output, float sum, int64_t head_dim, float *out) {
    v16 divisor = v16_set1(sum);
    int64_t d = 0;
    for (; d + 16 <= head_dim; d += 16) {
        v16_store(out + d, v16_div(v16_load(output + d), divisor));
    }
    if (d < head_dim) {
        v16_store_first(out + d, head_dim - d, v16_div(v16_load(output + d), divisor));
    }
}

TEMPLATE int row_streams(int64_t head_dim, int64_t rows, int64_t shared_heads) {
    return rows == 1 && shared_heads <= STREAM_QUERIES && head_dim % 16 == 0;
}

void KERNEL(attention)(int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset, int64_t head_dim,
                       const void *cache, const int32_t *block_table, const float *queries, int64_t heads,
                       int64_t first_row, int64_t rows, int64_t first_position, int64_t first_head,
                       int64_t shared_heads, float scale, float *out, void *scratch) {
    kv_head head = head_of(block_bytes, key_offset, value_offset, head_dim, cache, block_table);
    attention_scratch s = scratch_of(scratch, head.stride);
    int streams = row_streams(head_dim, rows, shared_heads);
    int64_t at[ATTENTION_VECTORS];
    for (int64_t first = 0; first < rows * shared_heads; first += ATTENTION_VECTORS) {
        int64_t count = least(ATTENTION_VECTORS, rows * shared_heads - first);
        load_vectors(&s, queries, head_dim, heads, first_row, first_position, first_head, shared_heads, first, count,
                     scale, at);
        int64_t active = 0;
        for (int64_t split = 0; split * ATTENTION_SPLIT < s.visible[count - 1]; split++) {
            while (s.visible[active] <= split * ATTENTION_SPLIT) {
                active++;
            }
            attend_split(&head, &s, type, streams, split, active);
            merge_split(count - active, head.stride, split == 0, s.greatest + active, s.sums + active,
                        s.partials + active * head.stride, s.merged_greatest + active, s.merged_sums + active,
                        s.outputs + active * head.stride);
        }
        for (int64_t q = 0; q < count; q++) {
            write_output(s.outputs + q * head.stride, s.merged_sums[q], head_dim, out + at[q]);
        }
    }
}

/* A split's results: greatest [vector], sums [vector], partials [vector][stride]. */
TEMPLATE int64_t split_floats(int64_t vectors, int64_t stride) { return vectors * (2 + stride); }

void KERNEL(attention_splits)(int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset,
                              int64_t head_dim, const void *cache, const int32_t *block_table, const float *queries,
                              int64_t heads, int64_t row, int64_t position, int64_t first_head, int64_t shared_heads,
                              float scale, int64_t from_split, int64_t to_split, float *splits, void *scratch) {
    kv_head head = head_of(block_bytes, key_offset, value_offset, head_dim, cache, block_table);
    attention_scratch s = scratch_of(scratch, head.stride);
    int streams = row_streams(head_dim, 1, shared_heads);
    int64_t at[ATTENTION_VECTORS];
    for (int64_t first = 0; first < shared_heads; first += ATTENTION_VECTORS) {
        int64_t count = least(ATTENTION_VECTORS, shared_heads - first);
        load_vectors(&s, queries, head_dim, heads, row, position, first_head, shared_heads, first, count, scale, at);
        for (int64_t split = from_split; split < to_split; split++) {
            float *to = splits + split * split_floats(shared_heads, head.stride);
            attend_split(&head, &s, type, streams, split, 0);
            memcpy(to + first, s.greatest, (size_t)count * sizeof *to);
            memcpy(to + shared_heads + first, s.sums, (size_t)count * sizeof *to);
            memcpy(to + 2 * shared_heads + first * head.stride, s.partials,
                   (size_t)(count * head.stride) * sizeof *to);
        }
    }
}

void KERNEL(merge_splits)(int64_t head_dim, int64_t heads, int64_t row, int64_t first_head, int64_t shared_heads,
                          int64_t split_count, float *splits, float *out) {
    int64_t stride = rounded_up(head_dim, 16);
    for (int64_t split = 1; split < split_count; split++) {
        const float *from = splits + split * split_floats(shared_heads, stride);
        merge_split(shared_heads, stride, 0, from, from + shared_heads, from + 2 * shared_heads, splits,
                    splits + shared_heads, splits + 2 * shared_heads);
    }
    for (int64_t q = 0; q < shared_heads; q++) {
        write_output(splits + 2 * shared_heads + q * stride, splits[shared_heads + q], head_dim,
                     out + (row * heads + first_head + q) * head_dim);
    }
}
