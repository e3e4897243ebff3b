/* A split for the vectors of many rows: they share keys and values that became floats once, a chunk at a time. */

#define TILE_BLOCKS (V16_REGISTERS == 32 ? 4 : 1) /* blocks of 16 keys in a tile of scores */
#define TILE_PARTS (V16_REGISTERS == 32 ? 4 : 1)  /* vectors along the dimension in a tile of outputs */

/* The scores of all groups together do not stay in the L1 cache: a tile asks for the lines that it will write. */
TEMPLATE void prefetch_scores(const float *scores, int blocks) {
    UNROLL for (int q = 0; q < ATTENTION_GROUP; q++) {
        UNROLL for (int b = 0; b < blocks; b++) {
            __builtin_prefetch(scores + q * ATTENTION_SPLIT + b * KV_BLOCK_TOKENS, 1);
        }
    }
}

/* Scores of a group of vectors against some of the converted blocks, from key `from` of the sequence on. */
TEMPLATE void score_tile(const attention_scratch *s, int type, int64_t group, int64_t stride, const float *keys,
                         int64_t head_dim, int blocks, int masked, int64_t from) {
    const float *queries = s->queries + group * stride;
    const int64_t within = from % ATTENTION_SPLIT;
    float *scores = s->scores + group * ATTENTION_SPLIT + within;
    v16 sums[ATTENTION_GROUP * TILE_BLOCKS];
    UNROLL for (int q = 0; q < ATTENTION_GROUP; q++) {
        UNROLL for (int b = 0; b < blocks; b++) {
            sums[q * blocks + b] = v16_zero();
        }
    }
    prefetch_scores(scores, blocks);
    for (int64_t d = 0; d < head_dim; d++) {
        v16 key[TILE_BLOCKS];
        UNROLL for (int b = 0; b < blocks; b++) {
            key[b] = v16_load(keys + (d * CHUNK_BLOCKS + b) * KV_BLOCK_TOKENS);
        }
        UNROLL for (int q = 0; q < ATTENTION_GROUP; q++) {
            v16 query = v16_set1(queries[q * stride + d]);
            UNROLL for (int b = 0; b < blocks; b++) {
                sums[q * blocks + b] = v16_fma(query, key[b], sums[q * blocks + b]);
            }
        }
    }
    finish_scores(sums, type, ATTENTION_GROUP, blocks, s->key_scales + within, masked, s->visible + group, from,
                  within == 0, scores, s->lane_greatest + group * 16);
}

/* Scores against the first keys of the converted chunk that begins at key `from`, as many as the group sees. */
TEMPLATE void score_group(const attention_scratch *s, int type, int64_t group, int64_t stride, int64_t head_dim,
                          int64_t from, int64_t keys) {
    int64_t common = s->visible[group] - from; /* what all of the group see */
    for (int64_t b = 0; b * KV_BLOCK_TOKENS < keys; b += TILE_BLOCKS) {
        const float *tile = s->converted + b * KV_BLOCK_TOKENS;
        int64_t first = from + b * KV_BLOCK_TOKENS;
        if ((b + TILE_BLOCKS) * KV_BLOCK_TOKENS <= common) {
            score_tile(s, type, group, stride, tile, head_dim, TILE_BLOCKS, 0, first);
            continue;
        }
        switch (least(TILE_BLOCKS, blocks_of(keys) - b)) {
        case 1: score_tile(s, type, group, stride, tile, head_dim, 1, 1, first); break;
#if TILE_BLOCKS == 4
        case 2: score_tile(s, type, group, stride, tile, head_dim, 2, 1, first); break;
        case 3: score_tile(s, type, group, stride, tile, head_dim, 3, 1, first); break;
        case 4: score_tile(s, type, group, stride, tile, head_dim, 4, 1, first); break;
#endif
        default: break;
        }
    }
}

/* Continues outputs[q][0..parts) of count vectors over converted keys from..to; the first chunk begins them. */
TEMPLATE void output_tile(const float *weights, const float *values, int64_t stride, int64_t from, int64_t to,
                          int count, int parts, int begins, float *outputs) {
    v16 sums[ATTENTION_GROUP * TILE_PARTS];
    UNROLL for (int q = 0; q < count; q++) {
        UNROLL for (int part = 0; part < parts; part++) {
            sums[q * parts + part] = begins ? v16_zero() : v16_load(outputs + q * stride + part * 16);
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
            v16_store(outputs + q * stride + part * 16, sums[q * parts + part]);
        }
    }
}

TEMPLATE void output_vectors(const float *weights, const float *values, int64_t stride, int64_t from, int64_t to,
                             int count, int begins, float *outputs) {
    int64_t d = 0;
    for (; d + 16 * TILE_PARTS <= stride; d += 16 * TILE_PARTS) {
        output_tile(weights, values + d, stride, from, to, count, TILE_PARTS, begins, outputs + d);
    }
    for (; d < stride; d += 16) {
        output_tile(weights, values + d, stride, from, to, count, 1, begins, outputs + d);
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

/* One of `steps` parts of a chunk, from memory to the L2 cache. */
TEMPLATE void prefetch_chunk(const kv_head *head, const char *base, int type, int64_t first_block, int64_t blocks,
                             int64_t step, int64_t steps) {
    int64_t bytes = kv_scales_bytes(type) + KV_BLOCK_TOKENS * kv_element_bytes(type) * head->head_dim;
    for (int64_t b = 0; b < blocks; b++) {
        const char *block = block_at(head, base, first_block + b);
        for (int64_t byte = bytes * step / steps / 64 * 64; byte < bytes * (step + 1) / steps; byte += 64) {
            _mm_prefetch(block + byte, _MM_HINT_T1);
        }
    }
}

/* Continues a group's outputs over a converted chunk of values; key 0 of weights is the chunk's first. */
TEMPLATE void output_group(const attention_scratch *s, int64_t group, int64_t first_active, int64_t stride,
                           int64_t from, int64_t keys, int begins, float *outputs) {
    const float *weights = s->scores + group * ATTENTION_SPLIT + from % ATTENTION_SPLIT;
    int64_t first = group < first_active ? first_active : group;
    int64_t common = least(keys, s->visible[first] - from);
    if (common < 0) {
        common = 0;
    }
    if (common > 0 || begins) {
        output_vectors(weights, s->converted, stride, 0, common, ATTENTION_GROUP, begins, outputs);
    }
    for (int64_t q = first - group; q < ATTENTION_GROUP && group + q < s->count; q++) {
        int64_t own = least(keys, s->visible[group + q] - from);
        if (own > common) {
            output_vectors(weights + q * ATTENTION_SPLIT, s->converted, stride, common, own, 1, 0,
                           outputs + q * stride);
        }
    }
}

/* The vectors from first_active on; what none of a group sees is not computed. following: keys after the split. */
TEMPLATE void tile_split(const kv_head *head, const attention_scratch *s, int type, int64_t split,
                         int64_t first_active, int64_t keys, int64_t following, attention_results to) {
    int64_t from = split * ATTENTION_SPLIT;
    int64_t first_block = from / KV_BLOCK_TOKENS;
    int64_t first_group = first_active / ATTENTION_GROUP * ATTENTION_GROUP;
    int64_t groups = (s->count - first_group + ATTENTION_GROUP - 1) / ATTENTION_GROUP;
    for (int64_t chunk = 0; chunk < keys; chunk += ATTENTION_CHUNK) {
        int64_t chunk_keys = least(ATTENTION_CHUNK, keys - chunk);
        int64_t chunk_block = first_block + chunk / KV_BLOCK_TOKENS;
        int last = chunk + ATTENTION_CHUNK >= keys;
        const char *next = last ? head->values : head->keys;
        int64_t next_block = last ? first_block : chunk_block + CHUNK_BLOCKS;
        int64_t next_blocks = blocks_of(least(ATTENTION_CHUNK, last ? keys : keys - chunk - ATTENTION_CHUNK));
        convert_keys(head, type, chunk_block, blocks_of(chunk_keys), s->converted);
        for (int64_t i = 0; i < groups; i++) {
            int64_t group = first_group + i * ATTENTION_GROUP;
            int64_t seen = s->visible[group + ATTENTION_GROUP - 1] - from - chunk;
            prefetch_chunk(head, next, type, next_block, next_blocks, i, groups);
            if (seen > 0) {
                score_group(s, type, group, head->stride, head->head_dim, from + chunk, least(chunk_keys, seen));
            }
            if (last) {
                softmax_vectors(type, ATTENTION_GROUP, blocks_of(least(ATTENTION_SPLIT, seen + chunk)),
                                s->scores + group * ATTENTION_SPLIT, s->lane_greatest + group * 16, s->value_scales,
                                to.greatest + group, to.sums + group);
            }
        }
    }
    for (int64_t chunk = 0; chunk < keys; chunk += ATTENTION_CHUNK) {
        int64_t chunk_keys = least(ATTENTION_CHUNK, keys - chunk);
        int64_t chunk_block = first_block + chunk / KV_BLOCK_TOKENS;
        int last = chunk + ATTENTION_CHUNK >= keys;
        const char *next = last ? head->keys : head->values;
        int64_t next_keys = least(ATTENTION_CHUNK, last ? following : keys - chunk - ATTENTION_CHUNK);
        convert_values(head, type, chunk_block, chunk_keys, s->converted);
        for (int64_t i = 0; i < groups; i++) {
            int64_t group = first_group + i * ATTENTION_GROUP;
            prefetch_chunk(head, next, type, chunk_block + CHUNK_BLOCKS, blocks_of(next_keys), i, groups);
            output_group(s, group, first_active, head->stride, from + chunk, chunk_keys, chunk == 0,
                         to.outputs + group * head->stride);
        }
    }
}
