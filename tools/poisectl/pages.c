// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages.h"

#include "assess_view.h"
#include "frames/exercise.h"
#include "publish/streams.h"

#define RUNTIME_DIR                                                                                                    \
    {                                                                                                                  \
        "runtime-dir", "DIR", OPTION_RUNTIME_DIR,                                                                      \
            "where the daemon has its sockets (default $POISE_RUNTIME_DIR, else /run/poise)"                           \
    }
#define ENDPOINT                                                                                                       \
    {                                                                                                                  \
        "endpoint", "E", OPTION_ENDPOINT,                                                                              \
            "subscribe to tcp://HOST:PORT or ipc://PATH (default: the socket in the runtime directory)"                \
    }
#define CURVE                                                                                                          \
    {                                                                                                                  \
        "curve", "PATH", OPTION_CURVE,                                                                                 \
            "with --endpoint: keys for an encrypted connection, a folder of keygen's or a NAME.key_secret"             \
    }
#define JSON(what)                                                                                                     \
    {                                                                                                                  \
        "json", NULL, OPTION_JSON, what ". An error is {\"ok\": false, \"error\": ...}"                                \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, 0, NULL                                                                                            \
    }

static const char exits[] = "0 done, 1 no daemon answers or it refused, 64 usage.";

static const struct cli_option status_options[] = {JSON("print the object of stream status"), ENDPOINT, CURVE,
                                                   RUNTIME_DIR, END};
const struct cli_page page_status = {
    .name = "status",
    .arguments = "[OPTIONS]",
    .sentence = "health of the sensors and the daemon, once",
    .about = "Shows for every site whether its sensor delivers, why not, at what rate, how far its clock is off (ppm), "
             "how restless its stamps are (jitter), and what was lost; then sample counters, latency, processor time "
             "and recording. The first thing to look at when a number is missing.\n\n"
             "Asks the daemon. With --endpoint it takes the next object of the stream, which comes every second.",
    .options = status_options,
    .examples = {{"poisectl status", "is everything that is worn running?"},
                 {"poisectl status --json | jq '.sites | map_values(.state)'",
                  "for a program: the state of each site"}},
    .exits = exits,
};

static const struct cli_option top_options[] = {
    {"once", NULL, OPTION_ONCE, "wait until every stream has spoken (2.5 s at most), print one screen as text, end"},
    JSON("print {stream: its last object or null} each second, or once with --once; needs no terminal"),
    {"seconds", "S", OPTION_SECONDS, "end after S seconds, 0.001 to 1e7 (default: when told to)"},
    ENDPOINT,
    CURVE,
    RUNTIME_DIR,
    END};
const struct cli_page page_top = {
    .name = "top",
    .arguments = "[OPTIONS]",
    .sentence = "live view: cadence, breathing, steps, posture, sensors, latency",
    .about = "A screen that follows the stream: latency, cadence, breathing, the last steps, arms and pack, posture "
             "now and averaged over whole strides, and the health of every sensor. For the one who stands beside the "
             "treadmill. q ends it, ? explains it; 80 by 24 characters are enough, from 35 rows up each sensor has a "
             "row with all its numbers.",
    .options = top_options,
    .examples = {{"poisectl top", "watch the runner"},
                 {"poisectl top --once", "one screen as text, into a file or a mail"},
                 {"poisectl top --curve keys --endpoint tcp://10.0.0.7:5556", "the same, encrypted, from elsewhere"}},
    .exits = exits,
};

static void list_streams(FILE *to)
{
    char text[1024];
    int n = 0;
    for (int i = 0; i < N_STREAMS; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s ", stream_tables[i].name);
    fputs("\nStreams:\n  ", to);
    cli_wrap(to, 2, 2, text);
}

static const struct cli_option sub_options[] = {
    JSON("print the objects as they are published, one per line"),
    {"count", "N", OPTION_COUNT, "end after N messages, from 1 (default: no limit)"},
    {"seconds", "S", OPTION_SECONDS, "end after S seconds, 0.001 to 1e7 (default: no limit)"},
    ENDPOINT,
    CURVE,
    RUNTIME_DIR,
    END};
const struct cli_page page_sub = {
    .name = "sub",
    .arguments = "[OPTIONS] [STREAM...]",
    .sentence = "print what is published, a line each; all streams or those named",
    .about = "Subscribes and prints every message of the named streams, or of all, until it is stopped. Without --json "
             "each line is made for people: time, stream, the most important values with their units; docs/streams.md "
             "lists every key. Numbers that are missing in the sequence are told at the end: messages were lost on the "
             "way, because the reader was too slow or the network is.",
    .options = sub_options,
    .lists = list_streams,
    .examples = {{"poisectl sub cadence breathing", "two streams to read along"},
                 {"poisectl sub --json --count 10 cadence", "ten values for a program"},
                 {"poisectl sub --json --seconds 60 > minute.jsonl", "a minute of everything"}},
    .exits = "0 done (stopped by a signal too), 1 nothing of what was asked for came or no daemon, 64 usage.",
};

static const struct cli_option snapshot_options[] = {
    JSON("print one object, {stream: its last object, or null before the first}"), RUNTIME_DIR, END};
const struct cli_page page_snapshot = {
    .name = "snapshot",
    .arguments = "[OPTIONS]",
    .sentence = "the last object of every stream",
    .about = "Asks the daemon for what every stream has said last, without waiting for the next of each. For a program "
             "that begins in the middle of a run.",
    .options = snapshot_options,
    .examples = {{"poisectl snapshot", "a line for every stream"},
                 {"poisectl snapshot --json | jq .gait.step_length_m", "one value"}},
    .exits = exits,
};

static const struct cli_option findings_options[] = {
    {"follow", NULL, OPTION_FOLLOW, "print each finding that rises, changes or goes, until stopped"},
    {"all", NULL, OPTION_ALL, "also what is fine, and what is unknown and why"},
    JSON("print {\"findings\": [...], \"disclaimer\": ...}, with --follow an object per line"),
    {"count", "N", OPTION_COUNT, "--follow: end after N findings, from 1 (default: no limit)"},
    {"seconds", "S", OPTION_SECONDS, "--follow: end after S seconds, 0.001 to 1e7 (default: no limit)"},
    ENDPOINT,
    CURVE,
    RUNTIME_DIR,
    END};
const struct cli_page page_findings = {
    .name = "findings",
    .arguments = "[OPTIONS]",
    .sentence = "what strains this runner's back, and what helps",
    .about = "Shows what is raised now, the most urgent first: the factor and its cause, how far beyond its limit "
             "(score 0.5 is notice, 1 is warn), the numbers it rests on with what they are held against, what it means "
             "and what helps. docs/findings.md defines each factor; the limits are findings.* of poised.yaml(5).\n\n"
             "With --follow it speaks when something rises or clears, like tape on the shoulder. It is a measurement "
             "of movement and never a diagnosis.",
    .options = findings_options,
    .examples = {{"poisectl findings", "what is raised now?"},
                 {"poisectl findings --all", "everything that is judged, and what is missing for the rest"},
                 {"poisectl findings --follow", "remind the runner"}},
    .exits = exits,
};

static const struct cli_option devices_options[] = {
    {"uri", "URI", OPTION_URI, "what libiio offers there, without a daemon: local:, ip:HOST, ip:HOST:PORT or usb:..."},
    JSON("print {\"ok\": true, \"uri\": ..., \"devices\": [...]}, or \"sites\": {...} without a URI"),
    RUNTIME_DIR,
    END};
const struct cli_page page_devices = {
    .name = "devices",
    .arguments = "[OPTIONS] [URI]",
    .sentence = "the sites of the running daemon, or the devices that libiio finds at URI",
    .about = "With a URI: the IIO devices there, with name, label, which halves they have, rate and full scale, and of "
             "local: ones parent, trigger and buffer; it needs no daemon and is what one looks at when writing the "
             "sites of poised.yaml(5). Without: the sites that the running daemon reads, and what is wrong with them.",
    .options = devices_options,
    .examples = {{"poisectl devices local:", "the sensors of this board"},
                 {"poisectl devices ip:10.0.0.5", "those of another board in the harness"},
                 {"poisectl devices", "which site does the daemon read?"}},
    .exits = "0 done, 1 nothing there or no daemon, 64 usage.",
};

static const struct cli_option doctor_options[] = {
    {"rt", "SECONDS", OPTION_RT,
     "then measure for so long how late real-time threads wake up, 0.001 to 86400; 60 says much, an hour more"},
    {"config", "FILE.yaml", OPTION_CONFIG, "the daemon's configuration (default /etc/poise/poised.yaml)"},
    JSON("print {\"ok\": no fault, \"worst\": level, \"checks\": [{area, level, found, remedy}], \"rt\": {...}}"),
    RUNTIME_DIR,
    {"root", "DIR", OPTION_ROOT, "for tests: read /proc, /sys, /dev, /etc and /boot below DIR"},
    END};
const struct cli_page page_doctor = {
    .name = "doctor",
    .arguments = "[OPTIONS]",
    .sentence = "what is wrong with this rig, and what to do about it",
    .about =
        "Looks at the machine, with or without a running daemon: kernel and preemption, modules, rights, the devices "
        "of the configuration, triggers and how many devices share one, clocks, clock governor, voltage, heat, "
        "load, disks, and the daemon's own status. A line for each: ok, unknown, warn or fault, what was found, "
        "and behind -> what to do.\n\n"
        "With --rt a thread on each CPU that poised may use (rt.cpus) wakes up every millisecond at the priority of "
        "the readers: 50 us is fine, 1 ms usable, above it the line says what helps. Without the right to real-time "
        "scheduling it measures what there is and says so. Run it beside the work that will be there.",
    .options = doctor_options,
    .examples = {{"poisectl doctor", "before the first run, and whenever something is odd"},
                 {"poisectl doctor --rt 60", "is this board quick enough?"},
                 {"poisectl doctor --json | jq '.checks[] | select(.level != \"ok\")'", "for a program"}},
    .exits = "0 done, with nothing worse than a warning, 1 a fault was found, 64 usage, 130 on Ctrl-C, 143 by SIGTERM.",
};

static const struct cli_option order_options[] = {JSON("print {\"ok\": true}"), RUNTIME_DIR, END};
const struct cli_page page_mark = {
    .name = "mark",
    .arguments = "[OPTIONS] TEXT",
    .sentence = "put a marker with this text into the log",
    .about =
        "Puts a marker with the present time into the event log and thereby into a running recording: when a phase "
        "begins, when something happens that the sensors cannot tell. 1 to 95 bytes of UTF-8 without control "
        "characters. An export has them as markers.",
    .options = order_options,
    .examples = {{"poisectl mark 'second interval'", "from here on it is the second interval"},
                 {"poisectl mark -- -3", "a text that begins with a dash"}},
    .exits = exits,
};

const struct cli_page page_speed = {
    .name = "speed",
    .arguments = "[OPTIONS] M_S",
    .sentence = "tell the belt's speed, 0 to 12 m/s",
    .about = "Tells the daemon how fast the belt of the treadmill runs, in metres per second: step length and what is "
             "compared at one speed follow from it. Give it anew whenever the speed changes; it holds until then.",
    .options = order_options,
    .examples = {{"poisectl speed 3.25", "the belt runs at 3.25 m/s, 11.7 km/h"}, {"poisectl speed 0", "it stands"}},
    .exits = exits,
};

static const struct cli_option record_options[] = {
    JSON("print {\"ok\": true, \"path\", \"writing\", \"part\", \"bytes\", ...}; docs/control.md names all"),
    RUNTIME_DIR, END};
const struct cli_page page_record = {
    .name = "record",
    .arguments = "[OPTIONS] start|stop|status",
    .sentence = "start or stop a recording in the daemon's record.dir, or its status",
    .about = "A recording holds the raw samples, what befell the devices, marks, and everything published: replayed, "
             "it gives the live values again. start and stop wait until it is done, 10 s at most.\n\n"
             "It goes on in another file when one has record.rotate_mb or has lasted record.rotate_min; the oldest "
             "files go when all together are above record.keep_gb. One begun while the daemon runs begins with the "
             "calibration and the session in force. When a disk is full it stops, measuring goes on, and start tries "
             "again.",
    .options = record_options,
    .examples = {{"poisectl record start", "from now on everything is kept"},
                 {"poisectl record status", "where to, and how much so far?"},
                 {"poisectl record stop --json | jq -r .path", "end it; the file for the next program"}},
    .exits = "0 done, 1 no daemon answers or it could not be done (a full disk, no folder), 64 usage.",
};

static const struct cli_option session_options[] = {
    JSON("print {\"ok\": true, \"session\", ...}; docs/control.md names all"), RUNTIME_DIR, END};
const struct cli_page page_session = {
    .name = "session",
    .arguments = "[OPTIONS] start|stop|status [SUBJECT]",
    .sentence = "start or stop a session, whose UUID everything published has, or its status",
    .about = "A session is one visit of one runner: its UUID is in everything published until it ends. Its marks, the "
             "belt's speed and the UUID outlive a restart of the daemon. start takes a SUBJECT: a code of letters, "
             "digits, dots, dashes and underscores; calibrations go by subject.id of the configuration, not by it.",
    .options = session_options,
    .examples = {{"poisectl session start s07", "the runner is on the belt"},
                 {"poisectl session status", "whose it is, since when, and its marks"},
                 {"poisectl session stop", "the visit is over"}},
    .exits = exits,
};

static const struct cli_option calibrate_options[] = {
    {"bows", NULL, OPTION_BOWS, "a quiet stand, then three forward bows: finds forward too; the default"},
    {"stand", NULL, OPTION_STAND, "a quiet stand alone: finds the vertical; forward follows when the runner moves"},
    {"gait", NULL, OPTION_GAIT, "a quiet stand, then walking or running until forward is found"},
    {"tall", NULL, OPTION_TALL,
     "a stand as tall as the runner can, kept as the best posture beside the calibration in force"},
    {"cancel", NULL, OPTION_CANCEL, "give up what is under way, and end at once"},
    {"seconds", "S", OPTION_SECONDS, "give up after S seconds, 0.001 to 1e7 (default 180)"},
    {"no-wait", NULL, OPTION_NO_WAIT, "send the command and end at once; poisectl sub calibration shows how it goes"},
    JSON("print the objects of stream calibration, a line each; with --no-wait or --cancel {\"ok\": true}"),
    RUNTIME_DIR,
    END};
const struct cli_page page_calibrate = {
    .name = "calibrate",
    .arguments = "[OPTIONS]",
    .sentence = "lead the runner through a calibration: a quiet stand, then bows or gait",
    .about =
        "Each sensor sits on the body in its own way. A calibration finds how, so that angles read 0 in the runner's "
        "own upright stand and forward is forward. Do it when the harness has been put on, and again when a sensor has "
        "slipped. It leads the runner through the steps:\n\n"
        "stand: upright and still, looking ahead, arms down\n"
        "bows: three times slowly forward from the hips and back, without turning\n"
        "gait: walk or run straight on for a while\n"
        "tall: as tall as the runner can: what is best, for findings about a lasting slouch\n\n"
        "At the end it shows for every sensor the angle between its configured mount and what was found (tilt), how "
        "restless the stand was (sway), what forward is known from (axis: bows, gait, or mount when it is only "
        "trusted), how far it is turned from the mount's forward (turn, left positive), and how plainly it stood out "
        "(share, 0.5 to 1). Whatever is not finished is cancelled, and the calibration in force stays.",
    .options = calibrate_options,
    .examples = {{"poisectl calibrate", "stand and bows, in front of the treadmill"},
                 {"poisectl calibrate --tall", "then the best posture"},
                 {"poisectl calibrate --gait --seconds 60", "for a runner who cannot bow"}},
    .exits = "0 done, 1 failed, cancelled by another command or not finished in time, 64 usage, 130 on Ctrl-C, 143 by "
             "SIGTERM.",
};

static void list_exercises(FILE *to)
{
    fputs("\nExercises:\n", to);
    for (int i = 0; i < N_EXERCISES; i++) {
        char name[48];
        assess_view_name(i, name);
        fprintf(to, "  %-18s  ", name);
        cli_wrap(to, 22, 22, exercises[i].title);
    }
}

static const struct cli_option assess_options[] = {
    {"lying", NULL, OPTION_LYING, "thoracic-rotation: lying on the side, 5 times 20 s to each"},
    {"list", NULL, OPTION_LIST, "what there is, what it is good for and which sensors it needs; needs no daemon"},
    {"state-dir", "DIR", OPTION_STATE_DIR,
     "the daemon's state directory, for the person's last ones (default $STATE_DIRECTORY, else /var/lib/poise)"},
    JSON("print each object of streams assessment and repetition as a line, then {\"assessment\", \"last\", ...}"),
    RUNTIME_DIR,
    END};
const struct cli_page page_assess = {
    .name = "assess",
    .arguments = "[OPTIONS] EXERCISE\n--list [--json]",
    .sentence = "lead the person through an exercise, and measure it",
    .about =
        "Says what to do part by part, counts repetitions, times holds, and measures how far to the left and right and "
        "how smoothly. On a terminal a line shows count, angle and what is left of a hold, and the bell rings when it "
        "is over; n goes on to the next part, q ends it. At the end the result stands against the person's last three "
        "of the same exercise.\n\n"
        "Works in any terminal, over ssh too. It is kept with the subject of the session, or of the configuration. "
        "However it ends, by Ctrl-C or a connection that breaks: what was done by then is kept. It is a measurement of "
        "movement and never a diagnosis.",
    .options = assess_options,
    .lists = list_exercises,
    .examples = {{"poisectl assess thoracic-rotation", "seated, 5 times 5 s to each side"},
                 {"poisectl assess thoracic-rotation --lying", "the same, lying"},
                 {"poisectl assess breathing --json", "another program leads the person"}},
    .exits =
        "0 done, 1 stopped, failed or no daemon answers, 64 usage, 129 by a hangup, 130 on Ctrl-C, 143 by SIGTERM.",
};
