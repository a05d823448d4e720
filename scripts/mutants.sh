#!/bin/sh
# Breaks one rule of the pure core at a time, in a copy, and expects its tests to notice. A mutant that they pass is a
# rule that nothing holds. Usage: scripts/mutants.sh
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
export CARGO_TARGET_DIR="$root/target/mutants"
export CARGO_NET_OFFLINE=true
export PINGPOST_STORM_COUNT="${PINGPOST_STORM_COUNT:-20000}"
copy="$CARGO_TARGET_DIR/copy"
log="$CARGO_TARGET_DIR/mutant.log"
passed=0
failed=0

fresh() {
    mkdir -p "$copy/crates"
    sed -e 's|^members = .*|members = ["crates/*"]|' -e '/^default-members/d' "$root/Cargo.toml" >"$copy/Cargo.toml"
    cp "$root/Cargo.lock" "$root/clippy.toml" "$copy/"
    for part in lead ivr auction bridge journey; do
        rm -rf "${copy:?}/crates/$part"
        cp -R "$root/crates/$part" "$copy/crates/$part"
    done
}

tests() {
    (cd "$copy" && cargo test --quiet -p "$1" --test it >"$log" 2>&1)
}

# mutant CRATE FILE FROM TO WHAT: replaces a text that is there, and expects the crate's tests to fail.
mutant() {
    crate=$1 file="$copy/crates/$2" from=$3 to=$4 what=$5
    if ! grep -qF -- "$from" "$file"; then
        echo "not there any more: $what ($2)"
        failed=$((failed + 1))
        return
    fi
    FROM=$from TO=$to perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/' "$file"
    if tests "$crate"; then
        echo "SURVIVED: $what ($2)"
        failed=$((failed + 1))
    elif grep -q '^error' "$log" && ! grep -q 'test result: FAILED' "$log"; then
        echo "does not compile: $what ($2)"
        failed=$((failed + 1))
    else
        echo "killed: $what"
        passed=$((passed + 1))
    fi
    cp "$root/crates/$2" "$file"
}

fresh
for crate in auction journey; do
    tests "$crate" || { echo "the tests of $crate fail without a mutant; see $log"; exit 1; }
done

mutant auction auction/src/round.rs 'if now > asked.deadline {' 'if false {' \
    'a bid after its deadline counts'
mutant auction auction/src/seed.rs '0xcbf2_9ce4_8422_2325 ^ self.0' '0xcbf2_9ce4_8422_2325' \
    'ties are drawn without the seed'
mutant auction auction/src/round.rs 'About::Person => offer.buyer == r.buyer' 'About::Person => offer.id == r.offer' \
    'a refusal about the person leaves the buyer in the static auction'
mutant auction auction/src/round.rs 'Some(_) if shares_hold && !is_asked(candidate)' 'Some(_) if !is_asked(candidate)' \
    'the throttle leaves nobody to be asked'
mutant auction auction/src/health.rs 'Seed(seed.0 ^ THROTTLE)' 'Seed(THROTTLE)' \
    'the throttle leaves the same offers out of every auction'
mutant auction auction/src/health.rs '&& run >= needed' '&& needed > 0' \
    'a share rises by every answer'
mutant auction auction/src/health.rs 'Self::Late => 1,' 'Self::Late => 2,' \
    'a late answer counts as silence'
mutant journey journey/src/bridging.rs '(PushNow::Pushing { since }, Taken::Poll) => self.now >= since + PUSHING_MAX' \
    '(PushNow::Pushing { since }, Taken::Poll) => self.now >= since' \
    'a poll takes the dial while a push is on its way'
mutant journey journey/src/ringing.rs 'line.unheard_since().is_some() && self.now >= attempt.deadline()' \
    'line.unheard_since().is_some()' \
    'a dial that may still be executed is given up'
mutant journey journey/src/bridging.rs 'attempt.on_lost(why), asker, vec![void])' 'attempt.on_lost(why), asker, vec![])' \
    'an attempt that came to nothing is not voided'
mutant journey journey/src/bridging.rs 'if self.is_open(push, by) && self.now < attempt.dial_by() {' 'if self.is_open(push, by) {' \
    'a dial is taken after its time'
mutant journey journey/src/deadlines.rs 'self.ring_ran_out(call, attempt, line, 0)' \
    'self.lost(call, *attempt, Lost::NoAnswer, Asker::OnHold)' \
    'the next one is dialled before a dropped leg has ended'
mutant journey journey/src/talking.rs '            _ => Turn::Same(Phase::Talking { sold, talk }),' \
    '            Event::BuyerAccepted { .. } => {
                let again = self.verdict(&sold, Verdict::Earned, Duration::ZERO);
                Turn::To(Phase::Talking { sold, talk }, vec![again])
            }
            _ => Turn::Same(Phase::Talking { sold, talk }),' \
    'a repeated acceptance counts twice'
mutant journey journey/src/talking.rs '(Told::Late, Some(_)) => SeatNow::Free' '(Told::Late, Some(_)) => SeatNow::Held' \
    'a seat is given back twice'
mutant journey journey/src/late.rs 'is_none_or(|gone| at < gone)' 'is_none_or(|gone| at < gone || at >= gone)' \
    'an acceptance after the hang-up is booked'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
