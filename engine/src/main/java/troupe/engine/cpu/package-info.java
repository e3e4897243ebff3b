/**
 * The CPU executor: packed weights, the forward pass of a Llama over the paged KV cache, sampling.
 *
 * <p>Files in the order of a step: {@link troupe.engine.cpu.CpuExecutor} takes a plan, {@link troupe.engine.cpu.StepBatch}
 * flattens it, {@link troupe.engine.cpu.LlamaForward} computes it over {@link troupe.engine.cpu.PackedModel} with
 * {@link troupe.engine.cpu.AttentionStage} for the attention, and the sampler draws.
 */
@NullMarked
package troupe.engine.cpu;

import org.jspecify.annotations.NullMarked;
