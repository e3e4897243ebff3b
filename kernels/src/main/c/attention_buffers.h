/* What attention works on: a head of the paged cache as one sequence sees it, and the thread's scratch memory. */

#define CHUNK_BLOCKS (ATTENTION_CHUNK / KV_BLOCK_TOKENS)
#define SPLIT_BLOCKS (ATTENTION_SPLIT / KV_BLOCK_TOKENS)

/* A head of the cache as one sequence sees it. */
typedef struct {
    int64_t block_bytes;
    const char *keys;   /* in the block with id 0 */
    const char *values;
    const int32_t *block_table;
    int64_t head_dim;
    int64_t stride; /* head_dim, rounded up to 16: floats between the vectors in scratch */
} kv_head;

/* A split's results for some vectors, or those of several splits merged. */
typedef struct {
    float *greatest; /* [vector]: the greatest score */
    float *sums;     /* [vector]: of the exponentials */
    float *outputs;  /* [vector][stride]: sums of weighted values */
} attention_results;

/* The thread's scratch memory; count vectors, up to ATTENTION_VECTORS, in groups of which the last is filled up with
 * copies of the last vector. */
typedef struct {
    int64_t count;
    int64_t visible[ATTENTION_VECTORS]; /* keys that a vector sees, ascending */
    float *queries;                     /* scaled: [vector][stride] */
    float *scores;                      /* [vector][ATTENTION_SPLIT], afterwards the weights */
    float *lane_greatest;               /* [vector][16]: the greatest score so far of each lane */
    float *converted;                   /* keys [head_dim][CHUNK_BLOCKS][16], or values [ATTENTION_CHUNK][stride] */
    float *key_scales;                  /* [ATTENTION_SPLIT], where the type has them */
    float *value_scales;
    attention_results split;
    attention_results merged;
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

TEMPLATE int64_t blocks_of(int64_t keys) { return (keys + KV_BLOCK_TOKENS - 1) / KV_BLOCK_TOKENS; }

/* Collects the scales of a split's keys or values. */
TEMPLATE void load_scales(const kv_head *head, const char *base, int64_t first_block, int64_t blocks, float *scales) {
    for (int64_t b = 0; b < blocks; b++) {
        v16_store(scales + b * KV_BLOCK_TOKENS, v16_load((const float *)block_at(head, base, first_block + b)));
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
    TAKE(lane_greatest, ATTENTION_VECTORS * 16);
    TAKE(converted, ATTENTION_CHUNK * stride);
    TAKE(key_scales, ATTENTION_SPLIT);
    TAKE(value_scales, ATTENTION_SPLIT);
    TAKE(split.greatest, ATTENTION_VECTORS);
    TAKE(split.sums, ATTENTION_VECTORS);
    TAKE(split.outputs, ATTENTION_VECTORS * stride);
    TAKE(merged.greatest, ATTENTION_VECTORS);
    TAKE(merged.sums, ATTENTION_VECTORS);
    TAKE(merged.outputs, ATTENTION_VECTORS * stride);
#undef TAKE
    return s;
}

/* Vectors first.. of the rows, heads inside: what they see and, scaled, what they are; where in out they go to. */
TEMPLATE void load_vectors(attention_scratch *s, const float *queries, int64_t head_dim, int64_t heads,
                           int64_t first_row, int64_t first_position, int64_t first_head, int64_t shared_heads,
                           int64_t first, int64_t count, float scale, int64_t *at) {
    const int64_t stride = rounded_up(head_dim, 16);
    const v16 factor = v16_set1(scale);
    s->count = count;
    for (int64_t q = 0; q < rounded_up(count, ATTENTION_GROUP); q++) {
        int64_t vector = first + least(q, count - 1);
        int64_t row = vector / shared_heads;
        s->visible[q] = first_position + row + 1;
        at[q] = ((first_row + row) * heads + first_head + vector % shared_heads) * head_dim;
        const float *from = queries + at[q];
        float *to = s->queries + q * stride;
        int64_t d = 0;
        for (; d + 16 <= head_dim; d += 16) {
            v16_store(to + d, v16_mul(v16_load(from + d), factor));
        }
        if (d < head_dim) {
            v16_store(to + d, v16_mul(v16_load_first(from + d, head_dim - d), factor));
        }
    }
}
