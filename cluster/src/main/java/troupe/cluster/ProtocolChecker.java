package troupe.cluster;

import akka.cluster.ConfigValidation;
import akka.cluster.Invalid;
import akka.cluster.JoinConfigCompatChecker;
import akka.cluster.Valid$;
import com.typesafe.config.Config;
import java.util.List;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import troupe.actors.Protocol;

/** Keeps nodes whose protocols are not neighbours out of one cluster, at the time of joining. Created by Akka by name. */
public final class ProtocolChecker extends JoinConfigCompatChecker {
    /** The number of the protocol that a node speaks. */
    static final String KEY = "troupe-protocol-version";

    @Override
    public Seq<String> requiredKeys() {
        return immutable(List.of(KEY));
    }

    @Override
    public ConfigValidation check(Config toCheck, Config own) {
        if (!toCheck.hasPath(KEY)) {
            return new Invalid(immutable(List.of("the other node names no " + KEY + ": it is no node of Troupe's")));
        }
        int other = toCheck.getInt(KEY);
        int mine = own.getInt(KEY);
        return new Protocol(mine, "").accepts(other)
                ? Valid$.MODULE$
                : new Invalid(immutable(List.of("one node speaks protocol " + other + ", the other " + mine
                        + ": only neighbouring protocols work together")));
    }

    private static Seq<String> immutable(List<String> values) {
        return CollectionConverters.asScala(values).toSeq();
    }
}
