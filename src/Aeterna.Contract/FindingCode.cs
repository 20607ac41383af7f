namespace Aeterna.Contract;

/// <summary>Stable codes of findings.</summary>
public static class FindingCode
{
    /// <summary>The file cannot be read.</summary>
    public const string UnreadableFile = "unreadable_file";

    /// <summary>It is not valid YAML.</summary>
    public const string Syntax = "syntax";

    /// <summary>There is nothing in the file.</summary>
    public const string Empty = "empty";

    /// <summary>It has more than one document.</summary>
    public const string SeveralDocuments = "several_documents";

    /// <summary>It is too large, or nested too deep.</summary>
    public const string TooLarge = "too_large";

    /// <summary>A YAML tag, which is not taken.</summary>
    public const string Tag = "tag";

    /// <summary>A YAML alias that stands for nothing.</summary>
    public const string UnknownAlias = "unknown_alias";

    /// <summary>A key that is no word.</summary>
    public const string BadKey = "bad_key";

    /// <summary>A key that is not known here.</summary>
    public const string UnknownKey = "unknown_key";

    /// <summary>A key that stands here twice.</summary>
    public const string DuplicateKey = "duplicate_key";

    /// <summary>A script that a command names does not exist.</summary>
    public const string NoSuchScript = "no_such_script";

    /// <summary>Somebody else has the port of a listener.</summary>
    public const string PortInUse = "port_in_use";

    /// <summary>A key that has to be there.</summary>
    public const string MissingKey = "missing_key";

    /// <summary>A key without a value.</summary>
    public const string NullValue = "null_value";

    /// <summary>A value of another kind than expected.</summary>
    public const string WrongType = "wrong_type";

    /// <summary>A value that is not one of those expected.</summary>
    public const string BadValue = "bad_value";

    /// <summary>It is no duration.</summary>
    public const string BadDuration = "bad_duration";

    /// <summary>It is no size.</summary>
    public const string BadSize = "bad_size";

    /// <summary>It is no address.</summary>
    public const string BadAddress = "bad_address";

    /// <summary>Two things that do not go together.</summary>
    public const string Conflict = "conflict";

    /// <summary>It changes nothing here.</summary>
    public const string NoEffect = "no_effect";

    /// <summary>The service has another name than the engine's.</summary>
    public const string NameChanged = "name_changed";

    /// <summary>A command's program is not there.</summary>
    public const string NoSuchProgram = "no_such_program";

    /// <summary>A command's program cannot be executed.</summary>
    public const string NotExecutable = "not_executable";

    /// <summary>binary_path is not the program of the command.</summary>
    public const string OtherBinary = "other_binary";

    /// <summary>What a reload of this program cannot spare its clients.</summary>
    public const string ProgramLimits = "program_limits";

    /// <summary>There is no such user.</summary>
    public const string NoSuchUser = "no_such_user";

    /// <summary>There is no such group.</summary>
    public const string NoSuchGroup = "no_such_group";

    /// <summary>It could not be looked up.</summary>
    public const string NotChecked = "not_checked";

    /// <summary>Only root may do this.</summary>
    public const string NotPermitted = "not_permitted";

    /// <summary>A directory that has to be there is not.</summary>
    public const string NoSuchDirectory = "no_such_directory";

    /// <summary>A file that has to be there is not.</summary>
    public const string NoSuchFile = "no_such_file";

    /// <summary>The token file is empty.</summary>
    public const string EmptyToken = "empty_token";

    /// <summary>A secret that others may read.</summary>
    public const string OpenToAll = "open_to_all";

    /// <summary>A certificate or key that cannot be used.</summary>
    public const string BadCertificate = "bad_certificate";

    /// <summary>A certificate that is not valid any more.</summary>
    public const string Expired = "expired";

    /// <summary>The program cuts the stream otherwise than the configuration says.</summary>
    public const string CutOtherwise = "cut_otherwise";

    /// <summary>A stream that cannot be moved between two processes.</summary>
    public const string CarriedAsItComes = "carried_as_it_comes";

    /// <summary>A program that would take <c>/dev/log</c> from the journal.</summary>
    public const string TakesDevLog = "takes_dev_log";

    /// <summary>The engine and the program both want to end TLS.</summary>
    public const string TlsTwice = "tls_twice";
}
