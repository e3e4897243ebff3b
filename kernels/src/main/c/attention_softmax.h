/* From scores to weights within a split, and the merge of splits. */

/* Of `blocks` sums of 16 scores for each of count vectors: puts -infinity for keys that a vector does not see, where
 * any lies in these blocks (masked), stores the scores and keeps the greatest of each lane. The pointers are at the
 * first block; visible counts from it too. */
TEMPLATE void finish_scores(const v16 *sums, int type, int count, int blocks, const float *key_scales, int masked,
                            const int64_t *visible, int64_t from, int first, float *scores, float *lane_greatest) {
    UNROLL for (int q = 0; q < count; q++) {
        v16 greatest = first ? v16_set1(-__builtin_inff()) : v16_load(lane_greatest + q * 16);
        UNROLL for (int b = 0; b < blocks; b++) {
            v16 score = sums[q * blocks + b];
            if (type == KV_Q8) {
                score = v16_mul(score, v16_load(key_scales + b * KV_BLOCK_TOKENS));
            }
            if (masked) {
                int64_t seen = visible[q] - from - b * KV_BLOCK_TOKENS;
                score = v16_keep_first(score, seen < 0 ? 0 : least(seen, KV_BLOCK_TOKENS), -__builtin_inff());
            }
            greatest = v16_max(greatest, score);
            v16_store(scores + q * ATTENTION_SPLIT + b * KV_BLOCK_TOKENS, score);
        }
        v16_store(lane_greatest + q * 16, greatest);
    }
}

/* Turns the finished scores of count vectors into the weights of the values; gives the greatest scores and the sums of
 * the exponentials. The vectors' chains of dependent operations overlap: that is why they go together. */
TEMPLATE void softmax_vectors(int type, int count, int64_t blocks, float *scores, const float *lane_greatest,
                              const float *value_scales, float *greatest, float *sums) {
    UNROLL for (int q = 0; q < count; q++) {
        greatest[q] = v16_greatest(v16_load(lane_greatest + q * 16));
    }
    v16 lanes[8];
    UNROLL for (int q = 0; q < count; q++) {
        v16 subtrahend = v16_set1(greatest[q]);
        float *own = scores + q * ATTENTION_SPLIT;
        v16 sum = v16_zero();
        for (int64_t b = 0; b < blocks; b++) {
            v16 p = v16_exp_nonpositive(v16_sub(v16_load(own + b * 16), subtrahend));
            sum = v16_add(sum, p);
            v16_store(own + b * 16, type == KV_Q8 ? v16_mul(p, v16_load(value_scales + b * 16)) : p);
        }
        lanes[q] = sum;
    }
    UNROLL for (int q = 0; q < count; q++) {
        sums[q] = v16_tree_sum(lanes[q]);
    }
}

/* Merges a split's results of the vectors from..to into those of the splits before it. */
static void merge_split(int64_t from, int64_t to, int64_t stride, attention_results split, attention_results merged) {
    for (int64_t vector = from; vector < to; vector += 16) {
        int64_t lanes = least(16, to - vector);
        v16 past = v16_load_first(merged.greatest + vector, lanes);
        v16 present = v16_load_first(split.greatest + vector, lanes);
        v16 greatest = v16_max(past, present);
        v16 before = v16_exp_nonpositive(v16_sub(past, greatest));
        v16 now = v16_exp_nonpositive(v16_sub(present, greatest));
        v16 scaled = v16_mul(v16_load_first(split.sums + vector, lanes), now);
        v16_store_first(merged.sums + vector, lanes,
                        v16_fma(v16_load_first(merged.sums + vector, lanes), before, scaled));
        v16_store_first(merged.greatest + vector, lanes, greatest);
        float before_of[16];
        float now_of[16];
        v16_store(before_of, before);
        v16_store(now_of, now);
        for (int64_t lane = 0; lane < lanes; lane++) {
            v16 a = v16_set1(before_of[lane]);
            v16 b = v16_set1(now_of[lane]);
            float *output = merged.outputs + (vector + lane) * stride;
            const float *further = split.outputs + (vector + lane) * stride;
            for (int64_t d = 0; d < stride; d += 16) {
                v16_store(output + d, v16_fma(v16_load(output + d), a, v16_mul(v16_load(further + d), b)));
            }
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
