package troupe.actors;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.module.SimpleModule;
import troupe.engine.EngineEvent;

/** Names the engine's event types on the wire, so that the engine need not know of one. Loaded by Akka's Jackson. */
public final class EngineTypesModule extends SimpleModule {
    private static final long serialVersionUID = 1L;

    public EngineTypesModule() {
        super("troupe-engine-types");
        setMixInAnnotation(EngineEvent.class, EventNames.class);
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = EngineEvent.Started.class, name = "started"),
        @JsonSubTypes.Type(value = EngineEvent.PromptScored.class, name = "prompt-scored"),
        @JsonSubTypes.Type(value = EngineEvent.Tokens.class, name = "tokens"),
        @JsonSubTypes.Type(value = EngineEvent.Finished.class, name = "finished"),
        @JsonSubTypes.Type(value = EngineEvent.Failed.class, name = "failed"),
        @JsonSubTypes.Type(value = EngineEvent.Cancelled.class, name = "cancelled")
    })
    private interface EventNames {}
}
