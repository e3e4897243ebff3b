package troupe.cli;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import troupe.actors.Prompt;
import troupe.actors.PromptCodec;
import troupe.actors.PromptException;
import troupe.engine.TokenIds;
import troupe.engine.model.Model;
import troupe.engine.output.TextDecoder;
import troupe.engine.template.ChatTemplate;
import troupe.engine.template.TemplateException;
import troupe.engine.template.TemplateLimits;
import troupe.engine.tokenizer.IncrementalDetokenizer;
import troupe.engine.tokenizer.SpecialTokens;
import troupe.engine.tokenizer.Tokenizer;

/** Prompts in the words of one model: its chat template and its tokenizer. */
final class ModelPromptCodec implements PromptCodec {
    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final Clock clock;

    /** @throws TemplateException if the model's chat template cannot be parsed */
    ModelPromptCodec(Model model, Clock clock) {
        this.tokenizer = model.tokenizer();
        this.template = model.chatTemplate().map(source -> ChatTemplate.parse(source, TemplateLimits.DEFAULT));
        this.clock = clock;
    }

    @Override
    public TokenIds encode(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Tokens(TokenIds ids) -> ids;
            case Prompt.Text(String text, boolean addSpecialTokens) -> encodeText(text, addSpecialTokens);
            case Prompt.Chat chat -> TokenIds.of(tokenizer.encode(render(chat), true));
        };
    }

    private TokenIds encodeText(String text, boolean addSpecialTokens) {
        int[] ids = tokenizer.encode(text, true);
        SpecialTokens special = tokenizer.specialTokens();
        boolean begin = addSpecialTokens && special.addBos() && special.bos().isPresent();
        if (!begin) {
            return TokenIds.of(ids);
        }
        int[] withBegin = new int[ids.length + 1];
        withBegin[0] = special.bos().getAsInt();
        System.arraycopy(ids, 0, withBegin, 1, ids.length);
        return TokenIds.of(withBegin);
    }

    /** The conversation as the model was trained to read it. */
    private String render(Prompt.Chat chat) {
        if (template.isEmpty()) {
            throw new PromptException("this model has no chat template; use /v1/completions");
        }
        Map<String, @Nullable Object> context = new HashMap<>();
        List<Map<String, @Nullable Object>> messages = new ArrayList<>();
        for (Prompt.Message message : chat.messages()) {
            Map<String, @Nullable Object> entry = new LinkedHashMap<>();
            entry.put("role", message.role());
            entry.put("content", message.content());
            if (message.name() != null) {
                entry.put("name", message.name());
            }
            messages.add(entry);
        }
        context.put("messages", messages);
        context.put("tools", null);
        context.put("documents", null);
        context.put("add_generation_prompt", chat.addGenerationPrompt());
        context.put("bos_token", textOf(tokenizer.specialTokens().bos()));
        context.put("eos_token", textOf(tokenizer.specialTokens().eos()));
        try {
            String text = template.get().render(context, clock);
            return chat.continueFinalMessage() ? openLastMessage(text, chat) : text;
        } catch (TemplateException e) {
            throw new PromptException("the chat template refuses the conversation: " + e.getMessage());
        }
    }

    /** Cuts what the template puts after the last message's text, so that the model goes on with it. */
    private static String openLastMessage(String rendered, Prompt.Chat chat) {
        String last = chat.messages().getLast().content().strip();
        int at = rendered.lastIndexOf(last);
        if (at < 0) {
            throw new PromptException("the chat template changes the last message, so it cannot be continued");
        }
        return rendered.substring(0, at + last.length());
    }

    private String textOf(OptionalInt token) {
        return token.isPresent() ? tokenizer.decode(new int[] {token.getAsInt()}, false) : "";
    }

    @Override
    public TextDecoder decoder(boolean skipSpecialTokens) {
        IncrementalDetokenizer detokenizer = new IncrementalDetokenizer(tokenizer, skipSpecialTokens);
        return new TextDecoder() {
            @Override
            public String append(int tokenId) {
                return detokenizer.append(tokenId);
            }

            @Override
            public String flush() {
                return detokenizer.flush();
            }
        };
    }

    @Override
    public byte[] tokenBytes(int token) {
        return tokenizer.tokenBytes(token);
    }
}
