using Vaal.Bench;
using Vaal.Bench.Attack;

var benches = new Dictionary<string, (string Usage, Func<string[], int> Run)>
{
    ["works"] = (
        "DATA LABELLED BUDGET SEEDS MISSING VARIANT[,…]: does VAAL find the classes that the labelled pool lacks?",
        Works.Run),
    ["ranks"] = (
        "DATA LABELLED BUDGET SEEDS [--width W] [--iterations I] [--batch B]: how far is a ranking in bfloat16 from " +
        "float32's?", RankAgreement.Run),
    ["picked"] = (
        "CONFIG.json FOLDER CLASS[,…] [--data DATA]: how many images of some classes, and of one class, did the " +
        "runs of a bench choose?", PickedClasses.Run),
    ["health"] = (
        "DATA POOL LABELLED MISSING SEEDS ITERATIONS WIDTH FILE.csv [--first SEED] [--thorough] | judge FILE.csv…: " +
        "is the verdict on a ranking right?", HealthBench.Run),
    ["fair-sample"] = ("first DATA LABELLED MISSING TRIALS | "
        + "unlike DATA LABELLED MISSING TRIALS [STRATEGY] | rounds BENCH.json FOLDER FILE.csv | rates FILE.csv: "
        + "is the verdict right?", FairSampleBench.Run),
    ["step"] = (
        "[WIDTH] [BATCH] [REPEATS]: training iteration, scoring and memory, the reference's way against ours",
        TrainingStep.Run),
    ["small-cnn"] = (
        "DATA LABELS[,…] SEEDS DESIGN[,…] | speed CHANNELS BATCH [THREADS]: which small network, trained how",
        SmallCnnBench.Run),
    ["task-models"] = (
        "[REPEATS] [MODEL[,…]]: training steps of the task models, ours against stock SGD and images prepared one " +
        "by one", TaskThroughput.Run),
    ["decode"] = ("[FILES] [REPEATS]: photographs to small squares, ours against decoding in full", Decoding.Run),
    ["encode"] = ("FOLDER [FILES] [REPEATS] | million [IMAGES] | accuracy FOLDER [LABELS] [SEEDS] | "
        + "init PHOTOS [COUNT]: "
        + "photographs to features of resnet18, "
        + "ours against decoding one by one and ONNX Runtime", EncodeBench.Run),
    ["core-set"] =
        ("[N] [D] [B] [LABELLED] [--noise] [--check]: distant points, ours against plain loops", Diversity.CoreSet),
    ["badge"] = (
        "[N] [D] [B] [K] [--noise]: k-means++ of gradients, ours against plain matrix-vector products",
        Diversity.Badge),
    ["coverage"] = ("[N] [LABELLED] [B] [MORE]: coverage, ours against the plain greedy loop", Covering.Coverage),
    ["spread"] = ("[N] [BURST]: what a head takes that spreads labels over the pool", Covering.Spread),
    ["head"] = ("[N] [K] [MORE] [--several] [--python PYTHON]: the linear head beside scikit-learn's", Heads.Run),
    ["head-or-network"] =
        ("DATA POOL TEST LABELS[,…] SEEDS [--features FOLDER]: a linear head on features of resnet18, "
        + "or the small network?", HeadOrNetwork.Run),
    ["review"] = ("CIFAR10 CIFAR10N.csv.gz IMAGES COLUMN[,…] [--features FOLDER]: does 'vaal review' find labels that "
        + "are known to be wrong?", ReviewBench.Run),
    ["default-choice"] =
        ("DATA BATCH ROUNDS SEEDS FILE.csv: does the default of 'vaal next' beat random sampling?", DefaultChoice.Run),
    ["study"] = ("features CONFIG.json DATA | run CONFIG.json DATA ROWS.csv | tables ROWS.csv: "
        + "on which data and in which settings does 'vaal next' save labels?", Study.Run),
    ["study-structure"] = ("CONFIG.json DATA ROWS.csv [SEEDS]: do the features of a study's data sets follow the "
        + "classes, and does the default gain where they do?", StudyStructure.Run),
    ["transductive"] = ("run CONFIG.json DATA ROWS.csv | tables ROWS.csv | calibration CONFIG.json DATA SEEDS: "
        + "does a head that spreads labels gain, and are its probabilities calibrated?", Transductive.Run),
    ["pack-photos"] = ("PHOTOS FOLDER: draws the photographs that come with the program", PackPhotos.Run),
    ["mosaics"] = ("PHOTOS FOLDER TRAIN TEST [SEED]: makes a data set of several classes an image, for "
        + "configs/small/mosaics.json", Mosaics.Run),
    ["million"] = ("[IMAGES] [BUDGET]: time and memory of a choice from a million images", Million.Run),
    ["near-hashes"] = (
        "FOLDER [PHOTOS [pairs]]: which perceptual hash tells near-duplicates from other pictures, and grouping a "
        + "million",
        NearHashes.Run),
    ["near-features"] = ("PHOTOS [COUNT] [STRANGERS]: which cosine of features tells near-duplicates from other "
        + "pictures, and are strangers found?", NearFeatures.Run),
    ["vae-sizes"] = (
        "DATA SEEDS ITERATIONS PRESET SIZE[,…] [--width W] [--batch B] [--first SEED] [--bf16]: does VAAL train to " +
        "the end on large images, without NaN and with a bounded KL?", VaeSizes.Run),
    ["serve-page"] = ("PROGRAM PHOTOS [IMAGES] [KEYS]: from a key to the next image on the page of 'vaal serve', and "
        + "frames of its map", ServePage.Run),
    ["attack"] = ("PROGRAM [SECONDS] [SEED] [--record FILE.csv]: kills, failing disks, damaged files and commands at "
        + "once; nothing may be lost, and each command ends in one line", AttackProgram.Run),
    ["kill-workspace"] =
        ("PROGRAM [KILLS] [SEED]: kill -9 over init, next, import and export; nothing may be lost", KillWorkspace.Run),
    ["cluster-capacity"] = ("PROGRAM [--workers N] [--shards N] [--service-ms MS]: leases a second of one silo, "
        + "with emulated workers", ClusterBenches.Capacity),
    ["cluster-scaling"] = ("PROGRAM [--images N]: one worker against two, pinned; the machine must be idle",
        ClusterBenches.Scaling),
    ["cluster-cover"] = ("[N] [B] [SHARD]: what two levels of coverage lose against the exact choice",
        ClusterBenches.Cover),
    ["cluster-check"] = ("PROGRAM [--images N] [--kills K] [--seed S] [--strategy NAME] [--pause SECONDS] [--one] "
        + "[--folder F] [--out FILE.csv]: random faults on a cluster of this machine; is every choice equal to one "
        + "machine's?",
        ClusterCheck.Run),
    ["serve-kills"] =
        ("PROGRAM [KILLS] [SEED]: kill -9 of vaal serve while labels come in; none lost, none doubled", ServeKills.Run),
    ["serve-loop"] = ("PHOTOS LABELS SEEDS FOLDER [--encoder NAME]: is the page's loop, 20 labels per query, worth "
        + "as much as 'vaal next -n 100'? Goes on where it was stopped", ServeLoop.Run),
    ["serve"] =
        ("[IMAGES] [WIDTH]: how long the requests of the page take, a new choice, and the start", ServeBench.Run),
    ["status"] = ("[IMAGES] [WIDTH] [LABELS]: how long 'vaal status' takes, and how far its coverage is off",
        StatusBench.Run),
};
if (args.Length > 0 && benches.TryGetValue(args[0], out var bench))
{
    try { return bench.Run(args[1..]); }
    catch (Vaal.InputException e)
    {
        Console.Error.WriteLine($"{args[0]}: {e.Message}\n{args[0]} {bench.Usage}");
        return 1;
    }
}
foreach (var (name, (usage, _)) in benches) Console.Error.WriteLine($"{name} {usage}");
return 1;
