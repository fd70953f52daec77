//! Questions about topics and logs, asked all at once.

use std::ffi::{CStr, CString, c_char, c_int};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::admin::AdminClient;
use rdkafka::client::ClientContext;
use rdkafka::error::KafkaResult;
use rdkafka_sys as sys;
use uuid::Uuid;

use crate::store::PinnedTopic;

/// How much longer than the brokers the client is waited for: it answers by itself at the deadline.
const GRACE: Duration = Duration::from_millis(500);

/// What is asked.
pub(crate) struct Question<'a> {
    /// Topics to describe.
    pub topics: &'a [String],
    /// Partitions whose logs are measured.
    pub partitions: &'a [(String, i32)],
}

/// A topic, a partition of it, and an offset.
pub(super) type Place = (String, i32, i64);

/// What was answered in time; what was not is missing.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Whether the topics were described at all.
    pub described: bool,
    /// The topics that exist.
    pub topics: Vec<PinnedTopic>,
    /// Those that do not, as Kafka says itself.
    pub missing: Vec<String>,
    /// How many replicas they have.
    pub replicas: Vec<(String, i32)>,
    /// Where logs begin.
    pub starts: Vec<Place>,
    /// Where logs end.
    pub ends: Vec<Place>,
}

impl Answers {
    /// The same, with names that lack `prefix`.
    pub(crate) fn without_prefix(mut self, prefix: &str) -> Self {
        let strip = |name: &mut String| {
            if let Some(rest) = name.strip_prefix(prefix) {
                *name = rest.to_owned();
            }
        };
        if !prefix.is_empty() {
            self.topics.iter_mut().for_each(|topic| strip(&mut topic.topic));
            self.missing.iter_mut().for_each(strip);
            self.starts.iter_mut().chain(&mut self.ends).for_each(|(topic, _, _)| strip(topic));
        }
        self
    }
}

/// Asks, and waits for the answers at most about `patience`. Blocks.
///
/// # Errors
/// When a name is not one that Kafka can have.
pub(crate) fn ask(
    client: &AdminClient<impl ClientContext>,
    question: &Question<'_>,
    patience: Duration,
) -> KafkaResult<Answers> {
    let asker = Asker { client: client.inner().native_ptr(), patience };
    let list = |offset| {
        let mut list = TopicPartitionList::new();
        for (topic, partition) in question.partitions {
            list.add_partition_offset(topic, *partition, offset)?;
        }
        KafkaResult::Ok(list)
    };
    let deadline = Instant::now() + patience + GRACE;
    // All are under way before the first answer is waited for.
    let topics = asker.describe(question.topics);
    let mut answers = Answers::default();
    if !question.partitions.is_empty() {
        // As librdkafka has it, these two are also how the ends of a log are asked for.
        let starts = asker.measure(&list(rdkafka::Offset::Beginning)?);
        let ends = asker.measure(&list(rdkafka::Offset::End)?);
        answers.starts = starts.event(deadline).map(|event| event.offsets()).unwrap_or_default();
        answers.ends = ends.event(deadline).map(|event| event.offsets()).unwrap_or_default();
    }
    if let Some(event) = topics.and_then(|topics| topics.event(deadline)) {
        answers.described = true;
        for topic in event.topics() {
            match topic {
                Described::Found(topic, replicas) => {
                    answers.replicas.push((topic.topic.clone(), replicas));
                    answers.topics.push(topic);
                }
                Described::Missing(topic) => answers.missing.push(topic),
            }
        }
    }
    Ok(answers)
}

struct Asker {
    client: *mut sys::rd_kafka_t,
    patience: Duration,
}

impl Asker {
    fn describe(&self, topics: &[String]) -> Option<Queue> {
        let names: Vec<CString> =
            topics.iter().map(|topic| CString::new(topic.as_str())).collect::<Result<_, _>>().ok()?;
        let mut names: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        let queue = self.queue();
        let options = self.options(sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
        // SAFETY: the client, the options and the queue live; the names live until the end of this
        // function, and the callees copy them. The collection is freed once, and not used after.
        unsafe {
            let collection = sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
            sys::rd_kafka_DescribeTopics(self.client, collection, options.0, queue.0);
            sys::rd_kafka_TopicCollection_destroy(collection);
        }
        Some(queue)
    }

    fn measure(&self, partitions: &TopicPartitionList) -> Queue {
        let queue = self.queue();
        let options = self.options(sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS);
        // SAFETY: the client, the options, the queue and the list live; the callee copies the list.
        unsafe { sys::rd_kafka_ListOffsets(self.client, partitions.ptr(), options.0, queue.0) };
        queue
    }

    fn queue(&self) -> Queue {
        // SAFETY: the client lives as long as `self`.
        Queue(unsafe { sys::rd_kafka_queue_new(self.client) })
    }

    fn options(&self, operation: sys::rd_kafka_admin_op_t) -> Options {
        let mut reason: [c_char; 256] = [0; 256];
        // SAFETY: the client lives; the buffer is as long as it is said to be.
        unsafe {
            let options = sys::rd_kafka_AdminOptions_new(self.client, operation);
            let patience = millis(self.patience);
            // A refused timeout leaves the default of a minute, and our own deadline.
            let _ = sys::rd_kafka_AdminOptions_set_request_timeout(
                options,
                patience,
                reason.as_mut_ptr(),
                reason.len(),
            );
            Options(options)
        }
    }
}

/// How a request is made.
struct Options(*mut sys::rd_kafka_AdminOptions_t);

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: it was created by `rd_kafka_AdminOptions_new` and is freed once.
        unsafe { sys::rd_kafka_AdminOptions_destroy(self.0) };
    }
}

/// Where the answer to one request arrives.
struct Queue(*mut sys::rd_kafka_queue_t);

impl Queue {
    /// The answer, if it comes by `deadline` and is not an error.
    fn event(&self, deadline: Instant) -> Option<Event> {
        let left = deadline.saturating_duration_since(Instant::now());
        // SAFETY: the queue lives.
        let event = unsafe { sys::rd_kafka_queue_poll(self.0, millis(left)) };
        if event.is_null() {
            return None;
        }
        let event = Event(event);
        // SAFETY: the event is not null and lives.
        let code = unsafe { sys::rd_kafka_event_error(event.0) };
        (code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR).then_some(event)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: it was created by `rd_kafka_queue_new` and is freed once; requests that are still under
        // way hold it on their own account.
        unsafe { sys::rd_kafka_queue_destroy(self.0) };
    }
}

/// An answer. What it gives out is copied, so nothing points into it once it is freed.
struct Event(*mut sys::rd_kafka_event_t);

impl Event {
    fn topics(&self) -> Vec<Described> {
        let mut count = 0;
        // SAFETY: the event lives; an answer of another kind is a null pointer. The array has `count`
        // elements, and everything in it lives as long as the event.
        unsafe {
            let result = sys::rd_kafka_event_DescribeTopics_result(self.0);
            if result.is_null() {
                return Vec::new();
            }
            let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &mut count);
            (0..count).filter_map(|at| described(*topics.add(at))).collect()
        }
    }

    fn offsets(&self) -> Vec<Place> {
        let mut count = 0;
        // SAFETY: as in `topics`.
        unsafe {
            let result = sys::rd_kafka_event_ListOffsets_result(self.0);
            if result.is_null() {
                return Vec::new();
            }
            let infos = sys::rd_kafka_ListOffsets_result_infos(result, &mut count);
            let place = |at| place(sys::rd_kafka_ListOffsetsResultInfo_topic_partition(*infos.add(at)));
            (0..count).filter_map(place).collect()
        }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: it came from `rd_kafka_queue_poll` and is freed once.
        unsafe { sys::rd_kafka_event_destroy(self.0) };
    }
}

/// What Kafka says of a topic.
enum Described {
    /// It has so many replicas.
    Found(PinnedTopic, i32),
    Missing(String),
}

/// A described topic; `None` when it may not be seen.
///
/// # Safety
/// `topic` is null, or lives.
unsafe fn described(topic: *const sys::rd_kafka_TopicDescription_t) -> Option<Described> {
    use sys::rd_kafka_resp_err_t as Code;
    // SAFETY: the caller's; ids and arrays belong to the topic.
    unsafe {
        let name = text(sys::rd_kafka_TopicDescription_name(topic))?;
        let error = sys::rd_kafka_TopicDescription_error(topic);
        let code =
            if error.is_null() { Code::RD_KAFKA_RESP_ERR_NO_ERROR } else { sys::rd_kafka_error_code(error) };
        match code {
            Code::RD_KAFKA_RESP_ERR_NO_ERROR => {}
            Code::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART => return Some(Described::Missing(name)),
            _ => return None,
        }
        let (mut partitions, mut replicas) = (0, 0);
        let infos = sys::rd_kafka_TopicDescription_partitions(topic, &mut partitions);
        if partitions > 0 {
            sys::rd_kafka_TopicPartitionInfo_replicas(*infos, &mut replicas);
        }
        let pinned = PinnedTopic {
            topic: name,
            partitions: i32::try_from(partitions).ok().filter(|partitions| *partitions > 0)?,
            id: id(sys::rd_kafka_TopicDescription_topic_id(topic)),
        };
        Some(Described::Found(pinned, i32::try_from(replicas).unwrap_or(i32::MAX)))
    }
}

/// An id; `None` from a broker that has none.
///
/// # Safety
/// `id` is null, or lives.
unsafe fn id(id: *const sys::rd_kafka_Uuid_t) -> Option<Uuid> {
    if id.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller's.
    let (most, least) = unsafe {
        (sys::rd_kafka_Uuid_most_significant_bits(id), sys::rd_kafka_Uuid_least_significant_bits(id))
    };
    let id = Uuid::from_u64_pair(most.cast_unsigned(), least.cast_unsigned());
    (!id.is_nil()).then_some(id)
}

/// A place with an offset; `None` when there is none.
///
/// # Safety
/// `element` is null, or lives.
unsafe fn place(element: *const sys::rd_kafka_topic_partition_t) -> Option<Place> {
    if element.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller's; the name lives as long.
    unsafe {
        let found = (*element).err == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
        let topic = text((*element).topic)?;
        (found && (*element).offset >= 0).then_some((topic, (*element).partition, (*element).offset))
    }
}

/// # Safety
/// `text` is null, or a text that ends with a zero.
unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller's.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

fn millis(duration: Duration) -> c_int {
    c_int::try_from(duration.as_millis()).unwrap_or(c_int::MAX)
}
