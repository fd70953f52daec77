//! librdkafka's mock cluster: a broker inside this process.
//!
//! It forgets everything at its end and keeps little: it is for trying things.
//! The safe API has no call for the join delay.

use std::ffi::{CStr, CString};

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka_sys as sys;

/// A Kafka cluster of one broker inside this process, on a free port of the loopback.
pub struct MockCluster {
    cluster: *mut sys::rd_kafka_mock_cluster_t,
    /// The client whose threads run the cluster; has to outlive it.
    _client: BaseProducer,
    brokers: String,
}

// SAFETY: every function of the mock API takes the cluster's own lock.
unsafe impl Send for MockCluster {}
// SAFETY: as above.
unsafe impl Sync for MockCluster {}

impl MockCluster {
    /// Starts a cluster.
    ///
    /// # Errors
    /// [`KafkaError`] when no port or thread is available.
    pub fn start() -> KafkaResult<Self> {
        let client: BaseProducer = ClientConfig::new().create()?;
        // SAFETY: the client lives as long as the cluster, and is dropped after it.
        let cluster = unsafe { sys::rd_kafka_mock_cluster_new(client.client().native_ptr(), 1) };
        if cluster.is_null() {
            return Err(KafkaError::MockCluster(RDKafkaErrorCode::Fail));
        }
        // SAFETY: the cluster is not null; the returned text lives as long as the cluster, and is copied.
        let brokers = unsafe {
            sys::rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0);
            CStr::from_ptr(sys::rd_kafka_mock_cluster_bootstraps(cluster))
        };
        let brokers = brokers.to_string_lossy().into_owned();
        Ok(Self { cluster, _client: client, brokers })
    }

    /// `host:port` of its broker.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Creates a topic; one that exists is left as it is.
    ///
    /// # Errors
    /// [`KafkaError`] when the name is not a topic's, or the cluster refuses it.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> KafkaResult<()> {
        let name =
            CString::new(topic).map_err(|_| KafkaError::MockCluster(RDKafkaErrorCode::InvalidTopic))?;
        // SAFETY: the cluster is not null, and the name is copied by the callee.
        let code = unsafe { sys::rd_kafka_mock_topic_create(self.cluster, name.as_ptr(), partitions, 1) };
        match RDKafkaErrorCode::from(code) {
            RDKafkaErrorCode::NoError | RDKafkaErrorCode::TopicAlreadyExists => Ok(()),
            error => Err(KafkaError::MockCluster(error)),
        }
    }
}

/// Lets a client fail for good, as a right does that is missing when it begins.
#[cfg(test)]
pub(in crate::kafka) fn fail_for_good<C: rdkafka::ClientContext>(client: &rdkafka::client::Client<C>) {
    let code = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
    // SAFETY: the client lives, and the text is copied by the callee.
    unsafe { sys::rd_kafka_test_fatal_error(client.native_ptr(), code, c"denied".as_ptr()) };
}

impl Drop for MockCluster {
    fn drop(&mut self) {
        // SAFETY: it was created by `rd_kafka_mock_cluster_new` and is destroyed once.
        unsafe { sys::rd_kafka_mock_cluster_destroy(self.cluster) };
    }
}
