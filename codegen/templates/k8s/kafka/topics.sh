set -eu
broker=kafka-service:9092
topic() { # name, partitions, milliseconds
  /opt/kafka/bin/kafka-topics.sh --bootstrap-server "$broker" --create --if-not-exists \
    --topic "$1" --partitions "$2" --config "retention.ms=$3"
  /opt/kafka/bin/kafka-configs.sh --bootstrap-server "$broker" --alter \
    --entity-type topics --entity-name "$1" --add-config "retention.ms=$3"
}
until /opt/kafka/bin/kafka-topics.sh --bootstrap-server "$broker" --list > /dev/null 2>&1; do
  echo "waiting for $broker"
  sleep 2
done
{% for topic in topics %}topic {{ topic.name }} {{ topic.partitions }} {{ topic.milliseconds }}
{% endfor %}
