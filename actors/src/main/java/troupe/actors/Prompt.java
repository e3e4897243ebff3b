package troupe.actors;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.engine.TokenIds;

/** What a request asks the model to continue. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
@JsonSubTypes({
    @JsonSubTypes.Type(value = Prompt.Chat.class, name = "chat"),
    @JsonSubTypes.Type(value = Prompt.Text.class, name = "text"),
    @JsonSubTypes.Type(value = Prompt.Tokens.class, name = "tokens")
})
public sealed interface Prompt extends CborSerializable {
    /**
     * A conversation, rendered by the model's chat template.
     *
     * @param messages at least one
     * @param addGenerationPrompt end with the opening of the assistant's turn
     * @param continueFinalMessage leave the last message open, so that the model goes on with it
     */
    record Chat(List<Message> messages, boolean addGenerationPrompt, boolean continueFinalMessage) implements Prompt {
        public Chat {
            messages = List.copyOf(messages);
        }
    }

    /**
     * Plain text; the texts of special tokens in it become those tokens.
     *
     * @param addSpecialTokens begin and end as the model's prompts do, with a beginning-of-sequence token say
     */
    record Text(String text, boolean addSpecialTokens) implements Prompt {}

    record Tokens(TokenIds ids) implements Prompt {}

    /** One message of a conversation; {@code name} tells speakers of one role apart. */
    record Message(String role, String content, @Nullable String name) {}
}
