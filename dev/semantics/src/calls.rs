//! Steps that are answered in another transaction: calls to other systems, and SQL.

use saga_runtime::acts::{self, Called};
use saga_runtime::{Call, CallError, Due, Outgoing, Rejection, Service, Sql, SqlError};

use super::place::{Place, Sent, now};
use super::stored::{is_to_undo, sent};

/// What came of a call.
enum Said<A> {
    Answered(A),
    Rejected(Rejection),
    Unknown,
}

impl<S: Service> Place<S> {
    /// Makes the call of a step, from what its row keeps, and takes what comes of it: an answer that does not
    /// come the first time never does.
    pub(crate) fn call(&mut self, step: usize, correlation: &str) -> Result<Vec<Sent>, String> {
        let said = self.said(step, correlation)?;
        let called = match &said {
            Said::Answered(answer) => Called::Answered(answer),
            Said::Rejected(rejection) => Called::Rejected(rejection),
            Said::Unknown => Called::Unknown,
        };
        let (mut rows, instance) = self.load_for(step, correlation)?;
        let mut out = Outgoing::default();
        acts::answer(&*self.service, step, called, &instance, &mut rows, &mut out)
            .map_err(|fault| fault.to_string())?;
        self.commit(&mut rows);
        Ok(sent(&out))
    }

    fn said(&mut self, step: usize, correlation: &str) -> Result<Said<S::Answered>, String> {
        let (mut rows, _) = self.load_for(step, correlation)?;
        let service = self.service.clone();
        let said = if S::flow().steps()[step].sql {
            let sql = S::sql(&service, step, Sql::none(), correlation, &mut rows).ok_or("no SQL")?;
            match now(sql) {
                Ok(answer) => Said::Answered(answer),
                Err(SqlError::Rejected(rejection)) => Said::Rejected(rejection),
                Err(SqlError::Failed(why)) => return Err(why),
            }
        } else {
            let call =
                S::call(&service, step, attempt(correlation), correlation, &mut rows).ok_or("no call")?;
            match now(call) {
                Ok(answer) => Said::Answered(answer),
                Err(CallError::Rejected(rejection)) => Said::Rejected(rejection),
                Err(CallError::Unanswered(_)) => Said::Unknown,
            }
        };
        self.rollback();
        Ok(said)
    }

    /// Makes the calls that compensate calls of an instance, if any are due.
    pub(crate) fn undo_calls(&mut self, correlation: &str) -> Result<(), String> {
        let steps = S::flow().steps().iter().enumerate();
        for (step, def) in steps.filter(|(_, def)| def.service == S::AT && def.calls) {
            let row = self.store.step(S::name_of(step), correlation);
            if !row.is_some_and(|row| is_to_undo(&row)) {
                continue;
            }
            let (mut rows, _) = self.load_for(step, correlation)?;
            let service = self.service.clone();
            if def.sql {
                let sql = S::undo_sql(&service, step, Sql::none(), correlation, &mut rows);
                now(sql.ok_or("no SQL that compensates")?).map_err(|error| error.to_string())?;
            } else {
                let call = S::undo_call(&service, step, attempt(correlation), correlation, &mut rows);
                now(call.ok_or("no call that compensates")?).map_err(|unanswered| unanswered.0)?;
            }
            let row = S::memory(&mut rows, step).ok_or("a step without a row")?.memory(correlation);
            row.set_to_undo(false);
            row.set_due(Due::Clear);
            self.commit(&mut rows);
        }
        Ok(())
    }
}

fn attempt(correlation: &str) -> Call {
    Call { key: correlation.to_owned(), attempt: 1 }
}
