package troupe.actors;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import troupe.engine.EngineEvent;
import troupe.engine.kv.KvChanges;

/** Names the engine's event types on the wire, so that the engine need not know of one. Loaded by Akka's Jackson. */
public final class EngineTypesModule extends SimpleModule {
    private static final long serialVersionUID = 1L;

    public EngineTypesModule() {
        super("troupe-engine-types");
        setMixInAnnotation(EngineEvent.class, EventNames.class);
        // Three times as short as fields would be.
        addSerializer(new AsBytes());
        addDeserializer(KvChanges.class, new FromBytes());
    }

    private static final class AsBytes extends StdSerializer<KvChanges> {
        private static final long serialVersionUID = 1L;

        AsBytes() {
            super(KvChanges.class);
        }

        @Override
        public void serialize(KvChanges changes, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeBinary(changes.toBytes());
        }
    }

    private static final class FromBytes extends StdDeserializer<KvChanges> {
        private static final long serialVersionUID = 1L;

        FromBytes() {
            super(KvChanges.class);
        }

        @Override
        public KvChanges deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return KvChanges.fromBytes(in.getBinaryValue());
        }
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
